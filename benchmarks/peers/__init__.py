"""Who is compared: ours, and the others at their fastest honest setting."""
