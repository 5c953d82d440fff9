"""Files as people keep them, and what is made of them."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecast._types import InputError, InputWarning
from gatecast.data import Columns, read, to_panel

CSV = "ds,y\n2024-01-01,1\n2024-01-02,2\n"
DAYS = list(pd.date_range("2024-01-01", periods=2))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name: str, content: str | bytes) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "name", ["~sales.csv", "~/sales.csv", " my sales .csv", "a=1/y=2/sales.csv", "sales.csv.GZ"]
)
def test_names_of_files(name: str):
    content = CSV.encode()
    frame = read(written(name, gzip.compress(content) if name.endswith("GZ") else content))
    assert frame.columns.tolist() == ["unique_id", "ds", "y"]
    assert frame["y"].tolist() == [1, 2]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_folders_that_a_glob_goes_through_are_columns(kind: str):
    for shop in ("a", "b"):
        path = Path(f"all=1/shop={shop}/y=7/x.{kind}")
        path.parent.mkdir(parents=True)
        frame = pd.DataFrame({"ds": ["2024-01-01", "2024-01-02"], "y": [1, 2]})
        if kind == "csv":
            frame.to_csv(path, index=False)
        elif kind == "parquet":
            frame.to_parquet(path)
        else:
            frame.to_json(path, orient="records", lines=True)
    with pytest.warns(InputWarning, match=r"from the names of folders: 'shop', 'y'"):
        found = read(f"all=1/*/*/x.{kind}", id_col="shop")
    assert found["unique_id"].tolist() == ["a", "a", "b", "b"]
    assert found["y"].tolist() == [1, 2, 1, 2]
    assert found.columns.tolist() == ["unique_id", "ds", "y"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "text",
    [
        CSV.replace("\n", "\r\n", 2),
        CSV.replace("\n", "\r", 1),
        "# Source: an office, 2024\n#\n" + CSV,
        "#" + CSV,
        "# daily\n#ds,y\n2024-01-01,1\n2024-01-02,2\n",
        CSV.replace("2024-01-02", "# revised\n2024-01-02") + "# end",
        CSV + "\n# end\n",
    ],
)
def test_mixed_line_ends_and_comments(text: str):
    frame = read(written("sales.csv", text))
    assert frame["ds"].tolist() == DAYS
    assert frame["y"].tolist() == [1, 2]


@pytest.mark.usefixtures("folder")
def test_hashes_that_are_no_comments():
    frame = read(written("x.csv", "ds,y,no\n2024-01-01,1,item #1\n# 2,2024-01-02,3\n#,\n"[:42]))
    assert frame["no"].tolist() == ["item #1"]
    with pytest.raises(InputError, match="line 4, column 'y': 'x' is not"):
        read(written("x.csv", "# a\n" + CSV.replace(",2\n", ",x\n")))


LAYOUTS = {
    "D": ["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%Y/%m/%d", "%d %b %Y", "%B %d, %Y"],
    "MS": ["%Y-%m", "%m/%Y", "%Y%m", "%Y/%m", "%b %Y"],
    "W-MON": ["%G-W%V", "%GW%V"],
    "QS": ["{year}Q{quarter}", "{year}-Q{quarter}", "Q{quarter} {year}", "q{quarter}/{year}"],
}


@settings(max_examples=30, deadline=None)
@given(
    start=st.dates(date(1900, 1, 1), date(2090, 1, 1)),
    layout=st.sampled_from([(freq, each) for freq in LAYOUTS for each in LAYOUTS[freq]]),
    rows=st.integers(3, 30),
)
def test_any_layout_of_dates_is_read_as_what_was_written(
    start: date, layout: tuple[str, str], rows: int
):
    freq, pattern = layout
    days = pd.date_range(start + timedelta(days=0), periods=rows, freq=freq)
    text = [
        day.strftime(pattern)
        if "%" in pattern
        else pattern.format(year=day.year, quarter=day.quarter)
        for day in days
    ]
    frame = read(pd.DataFrame({"when": text, "y": np.arange(rows)}))
    assert frame["ds"].tolist() == days.tolist()
    assert Columns.of(frame).time_col == "when"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([1704067200, 1704153600, 1704240000], ["2024-01-01", "2024-01-02", "2024-01-03"]),
        ([1704067200000, 1704153600000, 1704240000000], ["2024-01-01", "2024-01-02", "2024-01-03"]),
        ([202311, 202312, 202401], ["2023-11-01", "2023-12-01", "2024-01-01"]),
        ([1949, 1950, 1951], [1949, 1950, 1951]),
    ],
)
@pytest.mark.parametrize("kind", [int, str])
def test_times_in_digits_are_found_and_read(times: list[int], expected: list, kind: type):
    frame = read(pd.DataFrame({"y": [5, 7, 6], "Zeit": list(map(kind, times))}), target_col="y")
    assert Columns.of(frame).time_col == "Zeit"
    assert frame["ds"].tolist() == (
        list(pd.to_datetime(expected)) if isinstance(expected[0], str) else expected
    )


def test_a_week_that_a_year_does_not_have():
    text = ["2020-W52", "2020-W53", "2021-W53"]
    with pytest.raises(InputError, match="'2021-W53' is not a date"):
        read(pd.DataFrame({"ds": text, "y": 1}))


def test_a_table_without_dates_has_its_rows_numbered():
    frame = pd.DataFrame({"id": [1, 1, 2], "load": [5.0, 6, 7]})
    with pytest.warns(InputWarning, match="rows are numbered from 1, as 'ds'"):
        found = read(frame)
    assert found[["unique_id", "ds", "y"]].to_numpy().tolist() == [
        ["1", 1, 5],
        ["1", 2, 6],
        ["2", 1, 7],
    ]
    assert str(Columns.of(found)) == "time row numbers, target 'load', id 'id'"


@pytest.mark.usefixtures("folder")
def test_a_date_in_several_columns():
    text = (
        "No,year,month,day,hour,pm2.5,cbwd\n"
        "1,2010,1,1,22,NA,NW\n2,2010,1,1,23,129.5,NW\n3,2010,1,2,0,148,SE\n"
    )
    with pytest.warns(InputWarning, match=r"'ds' were put together from the columns 'year', 'mo"):
        frame = read(written("pollution.csv", text))
    assert frame["ds"].tolist() == list(pd.date_range("2010-01-01 22:00", periods=3, freq="h"))
    np.testing.assert_array_equal(frame["y"], [np.nan, 129.5, 148])
    # The parts stay, for whoever wants one as an exogenous column, but are no target.
    assert frame["hour"].tolist() == [22, 23, 0]
    assert str(Columns.of(frame)) == "time 'ds', target 'pm2.5'"
    with pytest.raises(InputError, match=r"line 3, column 'hour': '23' is no date together with"):
        read(written("pollution.csv", text.replace("2,2010,1,1", "2,2010,2,30")))


def test_parts_of_a_date_beside_a_date():
    frame = pd.DataFrame({"day": DAYS, "year": 2024, "month": 1, "sales": [1.0, 2.0]})
    assert Columns.of(read(frame, target_col="sales")).time_col == "day"


SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(rows: list[list[object]], sheets: int = 1) -> str:
    """A workbook with the rows on each sheet; dates as numbers with a format of dates."""

    def cell(value: object) -> str:
        if isinstance(value, date):
            return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    names = [f"Sheet {number}" for number in range(1, sheets + 1)]
    parts = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1))
        + "</sheets></workbook>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="b" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        + "".join(
            f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i in range(1, sheets + 1)
        )
        + f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
    } | {
        f"xl/worksheets/s{i}.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{lines}</sheetData>'
        "</worksheet>"
        for i in range(1, sheets + 1)
    }
    with zipfile.ZipFile("sales.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return "sales.xlsx"


@pytest.mark.usefixtures("folder")
def test_excel():
    rows = [["day", "shop", "sales"], [date(2024, 1, 1), 7, 1.5], [date(2024, 1, 2), 7, 2]]
    frame = read(workbook(rows), id_col="shop")
    assert frame.to_numpy().tolist() == [["7", DAYS[0], 1.5], ["7", DAYS[1], 2]]
    with pytest.raises(InputError, match=r"sheet 'Sheet 1', row 3, column 'sales': 'x' is not a"):
        read(workbook([*rows[:2], [date(2024, 1, 2), "x", "x"]]), target_col="sales")
    with pytest.raises(InputError, match=r"sales\.xlsx cannot be read: "):
        read(written("sales.xlsx", Path(workbook(rows)).read_bytes()[:-80] + bytes(80)))
    with pytest.warns(InputWarning, match="the first of 2 sheets was read, 'Sheet 1'"):
        read(workbook(rows, sheets=2))


@pytest.mark.usefixtures("folder")
def test_a_sheet_by_its_name():
    rows = [["day", "sales"], [date(2024, 1, 1), 1.5], [date(2024, 1, 2), 2]]
    book = workbook(rows, sheets=2)
    assert read(f"{book}?sheet=sheet 2")["y"].tolist() == [1.5, 2]
    with pytest.raises(InputError, match=r"has no sheet 'May'\. It has 'Sheet 1', 'Sheet 2'"):
        read(f"{book}?sheet=May")
    with pytest.raises(InputError, match=r"sheet 'Sheet 2' has no column 'cost'"):
        read(f"{book}?sheet=Sheet 2", target_col="cost")


OPEN = "urn:oasis:names:tc:opendocument:xmlns"


def spreadsheet(sheets: dict[str, list[list[date | str | float]]]) -> str:
    """An OpenDocument spreadsheet, as small as they come."""

    def cell(value: date | str | float) -> str:
        kinds = {date: ("date", "date-value"), str: ("string", "string-value")}
        kind, name = kinds.get(type(value), ("float", "value"))
        given = f'office:value-type="{kind}" office:{name}="{value}"'
        return f"<table:table-cell {given}><text:p>{value}</text:p></table:table-cell>"

    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    with zipfile.ZipFile("sales.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{OPEN}:manifest:1.0"><m:file-entry m:full-path="/" '
            'm:media-type="application/vnd.oasis.opendocument.spreadsheet"/></m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{OPEN}:office:1.0" '
            f'xmlns:table="{OPEN}:table:1.0" xmlns:text="{OPEN}:text:1.0"><office:body>'
            f"<office:spreadsheet>{tables}</office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    return "sales.ods"


@pytest.mark.usefixtures("folder")
def test_open_document():
    rows = [["day", "sales"], [date(2024, 1, 1), 1.5], [date(2024, 1, 2), 2.0]]
    frame = read(spreadsheet({"May": rows}))
    assert frame["ds"].tolist() == DAYS
    assert frame["y"].tolist() == [1.5, 2]
    book = spreadsheet({"May": rows, "June": [*rows[:2], [date(2024, 1, 2), "x"]]})
    with pytest.raises(InputError, match=r"sheet 'June', row 3, column 'sales': 'x' is not a num"):
        read(f"{book}?sheet=June", target_col="sales")
    with pytest.raises(InputError, match=r"has no sheet 'July'\. It has 'May', 'June'"):
        read(f"{book}?sheet=July")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["sales.csv.zst", "sales.csv.ZSTD", "sales.jsonl.zst"])
def test_zstd(name: str):
    plain = CSV if "csv" in name else '{"ds": "2024-01-01", "y": 1}\n{"ds": "2024-01-02", "y": 2}\n'
    frame = read(written(name, pa.compress(plain.encode(), "zstd", asbytes=True)))
    assert frame["ds"].tolist() == DAYS
    assert frame["y"].tolist() == [1, 2]
    text = CSV.replace(",2\n", ",x\n").encode()
    with pytest.raises(InputError, match=r"\.csv\.zst, line 3, column 'y': 'x' is not"):
        read(written("x.csv.zst", pa.compress(text, "zstd", asbytes=True)))
    with pytest.raises(InputError, match=r"broken\.csv\.zst cannot be read"):
        read(written("broken.csv.zst", CSV))


@pytest.mark.usefixtures("folder")
def test_a_folder_of_parquet_files():
    for year in (2023, 2024):
        folder = Path(f"sales/year={year}")
        folder.mkdir(parents=True)
        day = pd.Timestamp(year, 1, 1)
        pd.DataFrame({"day": [day], "sold": [year]}).to_parquet(folder / "part.parquet")
    Path("sales/_SUCCESS").touch()
    with pytest.warns(InputWarning, match="from the names of folders: 'year'"):
        frame = read("sales", target_col="sold")
    assert frame["y"].tolist() == [2023, 2024]
    assert frame["year"].tolist() == ["2023", "2024"]
    Path("none").mkdir()
    with pytest.raises(InputError, match="none is a folder without Parquet files"):
        read("none")


@pytest.mark.usefixtures("folder")
def test_excel_that_unpacks_to_gigabytes():
    with zipfile.ZipFile("sales.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "")
        archive.filelist[0].file_size = 1100 << 20  # as its directory would say
    with pytest.raises(InputError, match="would unpack to 1,100 MiB"):
        read("sales.xlsx")


@pytest.mark.usefixtures("folder")
def test_tsf():
    text = (
        "# a comment\n@relation x\n@attribute series_name string\n@attribute shop string\n"
        "@attribute start_timestamp date\n@frequency {}\n@horizon 2\n@missing true\n@data\n"
        "T1:north:2024-01-31 00-00-00:1,?,3.5\nT2:south:2023-10-31 12-00-00:4,5\n"
    )
    frame = read(written("x.tsf", text.format("daily")))
    assert frame["unique_id"].tolist() == ["T1"] * 3 + ["T2"] * 2
    assert frame["shop"].tolist() == ["north"] * 3 + ["south"] * 2
    np.testing.assert_array_equal(frame["y"], [1, np.nan, 3.5, 4, 5])
    assert frame["ds"].tolist()[3:] == [
        pd.Timestamp("2023-10-31 12:00"),
        pd.Timestamp("2023-11-01 12:00"),
    ]
    monthly = read(written("x.tsf", text.format("monthly")))["ds"].tolist()
    assert monthly[:3] == list(pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"]))
    text = text.replace("-31", "-01").replace("?", "2")
    quarterly = to_panel(read(written("x.tsf", text.format("quarterly"))))
    assert quarterly.freq == "QS"
    numbered = read(written("x.tsf", "@attribute series_name string\n@data\na:1,2\nb:3\n"))
    assert numbered["ds"].tolist() == [1, 2, 1]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("@data\n", "has no series"),
        ("@relation x\n", "no line @data"),
        ("@frequency often\n@data\n1\n", "line 1: the frequency 'often' is not known"),
        ("@data\na:1\n", "line 2: 1 attributes, but the header has 0"),
        ("@attribute series_name string\n@data\na:1,x\n", "line 3: 'x' is not a number"),
        ("@attribute start_timestamp date\n@data\n2024:1\n", "line 3: the start '2024'"),
        (
            "@attribute start_timestamp date\n@data\n2024-01-01 00-00-00:1\n",
            "no line @frequency",
        ),
        ("@attribute series_name string\n@data\na:1\na:inf\n", "line 4, value 1, series 'a'"),
    ],
)
def test_tsf_that_cannot_be_used(text: str, problem: str):
    with pytest.raises(InputError) as caught:
        read(written("x.tsf", text))
    assert problem in str(caught.value)
