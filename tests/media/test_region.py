"""Regions of clips and of leads are written in one way, and refused in one sentence."""

import pytest

from alive_cli.errors import InputError
from alive_cli.media.mask import read_region
from alive_cli.media.region import Region


@pytest.mark.parametrize(
    "text", ["", "1,2", "a,b,c,d", "0,0,2,1", "0.6,0,0.5,1", "-0.1,0,0.5,1", "0,0,0,1", "nan,0,1,1", "0,0,1,inf"]
)
def test_what_is_no_region_is_refused_in_one_sentence(text: str) -> None:
    sentences = set()
    for read in (Region.read, read_region):
        with pytest.raises(InputError) as error:
            read(text)
        sentences.add(str(error.value))
    expected = f"{text!r} is no region; write x,y,width,height in shares of the picture, as 0.25,0,0.5,1."
    assert sentences == {expected}


def test_regions_are_read() -> None:
    region = Region.read("0.25,0,0.5,1")
    assert region == Region(0.25, 0, 0.5, 1)
    assert str(region) == read_region(" 0.250, 0,.5,1") == "0.25,0,0.5,1"
    assert Region.read("0,0,1,1").is_whole
    with pytest.raises(InputError, match="lies within its picture"):
        Region(0.5, 0, 0.6, 1)
