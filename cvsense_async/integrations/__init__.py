"""CVSense inside other frameworks; each module needs its extra, and importing this package loads none of them."""
