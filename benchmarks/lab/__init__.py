"""The lab's server, measured from outside: as a process that pages watch."""
