"""Tables too large for pandas: the same query on an embedded engine here."""
