"""Language models: one small protocol, clients and scripted stand-ins, budgets and recordings."""

from neuropil.language.asking import ask_all
from neuropil.language.budget import FREE, Budget, BudgetError, Charge, Price
from neuropil.language.client import ChatModel
from neuropil.language.completions import ChatSettings
from neuropil.language.loading import load_model
from neuropil.language.model import (
    Image,
    LanguageModel,
    Message,
    Question,
    Reply,
    Usage,
    hash_messages,
    hash_question,
    settings_of,
)
from neuropil.language.recording import RecordedModel, Recording
from neuropil.language.retries import Retries
from neuropil.language.scripted import (
    Always,
    AnswerKey,
    Guesser,
    Known,
    NoisyOracle,
    Oracle,
    Teacher,
    Unparsable,
)
from neuropil.language.servers import KEY_VARIABLE, SERVERS, Server, find_server

__all__ = [
    "FREE",
    "KEY_VARIABLE",
    "SERVERS",
    "Always",
    "AnswerKey",
    "Budget",
    "BudgetError",
    "Charge",
    "ChatModel",
    "ChatSettings",
    "Guesser",
    "Image",
    "Known",
    "LanguageModel",
    "Message",
    "NoisyOracle",
    "Oracle",
    "Price",
    "Question",
    "RecordedModel",
    "Recording",
    "Reply",
    "Retries",
    "Server",
    "Teacher",
    "Unparsable",
    "Usage",
    "ask_all",
    "find_server",
    "hash_messages",
    "hash_question",
    "load_model",
    "settings_of",
]
