// The part of the boundary that the core has not got yet, in the shape it will have. Goes when it has.

func diagnosis() -> String { "{}" }

func licences() -> String { "" }
