"""Laws that hold for every criterion and every patient, checked on generated ones."""
