"""Choose among candidates: the set-wise question, readouts, backends, weighing."""
