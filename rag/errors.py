"""Every error that a user can meet, as one sentence and an exit code.

::

    rag.settings.SettingsError, rag.verify.ClaimsError, corpus.read.MissingPath,
    corpus.sizing.SizingError                                                     wrong usage: 2
    rag.store.StoreError, embeddings.weights.WeightsError, rag.llm.ModelUnavailable,
    corpus.read.UnreadableArticle, page.web.PortInUse, rag.cluster.ClusterError,
    rag.native.NativeError                                                        refused: 1
    OSError                                                                       disk and rights: 1
"""

from __future__ import annotations

import errno

_USAGE = {
    "SettingsError", "AccessError", "MetricsError", "ClaimsError", "MissingPath", "GoldError", "NothingToIndex",
    "SizingError",
}  # fmt: skip
_REFUSED = {
    "StoreError", "StoreMismatch", "StoreLocked", "StoreDamaged", "WeightsError", "ModelUnavailable",
    "UnreadableArticle", "PortInUse", "CannotListen", "VectorFileError",
    "ClusterError", "NativeError",
}  # fmt: skip


def explain(error: BaseException) -> tuple[str, int]:
    """The sentence for ``error`` and the exit code. Names are compared so that nothing heavy is imported for it."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & _USAGE:
        return str(error), 2
    if kinds & _REFUSED:
        return str(error), 1
    if isinstance(error, OSError):
        return _system(error), 1
    return (
        f"Something unforeseen went wrong ({type(error).__name__}: {error}); set STANDARDISTE_TRACEBACK=1 to see "
        "where, and report it.",
        1,
    )


def _system(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"The disk is full{where}: free some space and try again; what was indexed before is intact."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Access is denied{where}: check the permissions."
    return f"The system refused: {error.strerror or error}{where}."
