"""A cluster that cannot be asked is refused in a sentence, at once or soon."""

from __future__ import annotations

import sys
import time

import pytest

from carebench.engine.connect import TOKEN, check_address, check_version
from carebench.engine.spark import Spark
from carebench.schema import DataError
from conftest import ROOT

pytestmark = pytest.mark.usefixtures("no_doctest")


@pytest.mark.parametrize(
    "address",
    [
        "sc://host:15002/;token=abc",
        "sc://host/;use_ssl=true;token=abc",
        "sc://host;token=abc",
        "sc://abc@host",
        "sc://me:abc@host:15002",
        "sc://host/;x-api-key=abc",
        "sc://host/?token=abc",
    ],
)
def test_an_address_with_a_credential_is_refused_and_not_repeated(address):
    with pytest.raises(DataError, match=TOKEN) as caught:
        Spark(address)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("address", ["duckdb", "spark://host:7077", "sc://", "sc://host:port"])
def test_what_is_no_address_is_said_so(address):
    with pytest.raises(DataError, match=r"Expected one such as sc://"):
        check_address(address)


@pytest.mark.parametrize(
    "address", ["sc://host", "sc://a-b.example:15002", "sc://[::1]:15002/;use_ssl=true"]
)
def test_an_address_names_a_host_and_may_ask_for_encryption(address):
    check_address(address)


def test_a_server_that_is_too_old_is_refused():
    with pytest.raises(DataError, match=r"runs Spark 3\.5\.6\. Expected Spark 4"):
        check_version("3.5.6", "sc://host")
    check_version("4.0.0", "sc://host")
    check_version("10.1.0-SNAPSHOT", "sc://host")


def test_without_the_client_a_cluster_cannot_be_asked(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql.connect.session", None)
    with pytest.raises(DataError, match=r"pip install .*spark"):
        Spark("sc://127.0.0.1:9")


def test_a_server_that_does_not_answer_is_not_waited_for_without_end():
    pytest.importorskip("pyspark")
    started = time.monotonic()
    with pytest.raises(DataError, match="within 1 seconds"):
        Spark("sc://127.0.0.1:9", answer_within=1)
    assert time.monotonic() - started < 30


def test_the_guide_names_the_version_that_is_pinned():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    (pinned,) = [line.partition("==")[2] for line in pins if line.startswith("pyspark-client==")]
    guide = (ROOT / "docs" / "large-data.md").read_text(encoding="utf-8")
    assert f"pyspark=={pinned}" in guide
