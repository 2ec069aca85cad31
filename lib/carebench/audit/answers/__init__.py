"""Who answered and who resolved, and who more than others."""
