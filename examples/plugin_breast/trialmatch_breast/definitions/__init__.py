"""Named definitions of breast cancer."""
