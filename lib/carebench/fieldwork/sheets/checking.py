"""Whether ODK and KoboToolbox would take a form: pyxform says so, and ODK Validate where wanted."""

from __future__ import annotations

from pathlib import Path

from ...schema import DataError


def check_form(path: Path, *, with_java: bool = False) -> str:
    """The form at `path` as pyxform converts it, an XForm; `with_java` asks ODK Validate too.

    Raises
    ------
    DataError
        pyxform is not installed, or it finds a fault or has a warning.
    """
    try:
        from pyxform.errors import PyXFormError
        from pyxform.validators.odk_validate import ODKValidateError
        from pyxform.xls2xform import convert
    except ImportError:
        raise DataError('To check forms, run `pip install "carebench[forms]"`.') from None
    try:
        got = convert(xlsform=path, validate=with_java)
    except (PyXFormError, ODKValidateError) as error:
        raise DataError(f"{path} is no form that ODK takes: {error}") from None
    if got.warnings:
        raise DataError(f"{path}: {'; '.join(got.warnings)}")
    return str(got.xform)
