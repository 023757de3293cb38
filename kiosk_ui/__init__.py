"""What people see and touch at a booth: the shell, the window and its pages; no rules of the visit."""
