"""Who decided which threshold, when and why: suggestions are accepted, rejected and rolled back here."""
