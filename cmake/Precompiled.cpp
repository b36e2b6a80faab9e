// Holds the precompiled header; see SteepestTargets.cmake.
