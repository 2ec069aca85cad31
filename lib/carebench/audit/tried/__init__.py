"""What was tried, at whom, and how well the work was done."""
