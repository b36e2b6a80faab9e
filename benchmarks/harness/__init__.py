"""What every suite needs: the process, the timings, the matrices, the reports."""
