"""E-mail on its way: each probe sent once and only once, whatever came back fetched and kept."""
