"""Foreign files that can hold anything, MATLAB's and HDF5: walked, or read in a child process, within limits."""
