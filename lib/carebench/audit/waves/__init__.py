"""What changed since an earlier wave."""
