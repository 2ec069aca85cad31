"""What may be done to whom, as code: nothing in this room can be talked round by a command."""
