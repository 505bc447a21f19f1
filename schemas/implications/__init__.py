"""What facts say of each other: one table of implications, applied to every criterion."""
