"""Statistics: one family a module, formulas cited; nothing here reads files or draws."""
