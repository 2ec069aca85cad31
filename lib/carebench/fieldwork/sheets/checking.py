"""Whether ODK and KoboToolbox would take a form, as far as pyxform can say."""

from __future__ import annotations

from pathlib import Path

from ...schema import DataError


def check_form(path: Path) -> str:
    """The form at `path` as pyxform converts it, an XForm.

    Raises
    ------
    DataError
        pyxform is not installed, or it finds a fault or has a warning.
    """
    try:
        from pyxform.errors import PyXFormError
        from pyxform.xls2xform import convert
    except ImportError:
        raise DataError('To check forms, run `pip install "carebench[forms]"`.') from None
    try:
        got = convert(xlsform=path, validate=False)
    except PyXFormError as error:
        raise DataError(f"{path} is no form that ODK takes: {error}") from None
    if got.warnings:
        raise DataError(f"{path}: {'; '.join(got.warnings)}")
    return str(got.xform)
