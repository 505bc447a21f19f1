"""The kinds of criterion, one file each; dropping a file in here adds a kind."""
