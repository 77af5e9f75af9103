"""Language models: one small protocol, clients and scripted stand-ins, budgets and recordings."""

from neuropil.language.model import Image, LanguageModel, Message, Reply, Usage

__all__ = ["Image", "LanguageModel", "Message", "Reply", "Usage"]
