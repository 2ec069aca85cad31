"""Earlier claims beside this study's own figures."""
