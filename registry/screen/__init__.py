"""Screen chunks against trials: results, attrition and export."""
