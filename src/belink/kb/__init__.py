"""Knowledge bases: built from the field's vocabularies, opened read-only, compared and searched."""
