"""From a question to an answer whose every sentence names its source."""
