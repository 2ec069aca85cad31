"""At which hours of the week, and against which claims."""
