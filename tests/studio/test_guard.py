"""Who is answered, and what a page may load."""

import pytest
from small_studio import LiveStudio
from starlette.routing import Mount


def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script_of_its_own(studio: LiveStudio):
    answer = studio.client.get("/studio/")
    policy = answer.headers.get_list("content-security-policy")
    assert len(policy) == 1
    assert "default-src 'self'; script-src 'self'; style-src 'self'" in policy[0]
    assert "unsafe" not in policy[0]
    assert "<script>" not in answer.text
    assert "style=" not in answer.text


def test_a_fault_is_a_page_under_the_same_policy(studio: LiveStudio):
    pages = next(route.app for route in studio.app.routes if isinstance(route, Mount))

    def fault() -> None:
        raise RuntimeError("broken")

    pages.get("/fault")(fault)
    answer, other = (studio.client.get(f"/studio/{path}") for path in ("fault", ""))
    assert answer.status_code == 500
    assert "This is a fault of the studio" in answer.text
    for name in ("content-security-policy", "referrer-policy"):
        assert answer.headers.get_list(name) == other.headers.get_list(name)


def test_the_service_keeps_its_own_policy(studio: LiveStudio):
    policy = studio.client.get("/docs").headers.get_list("content-security-policy")
    assert len(policy) == 1
    assert policy[0].startswith("default-src 'none'")


def test_to_look_sets_no_cookie(studio: LiveStudio):
    assert "set-cookie" not in studio.client.get("/studio/").headers


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "http://127.0.0.1:1"])
def test_a_form_of_another_site_is_refused(studio: LiveStudio, origin: str):
    answer = studio.client.post("/studio/logout", headers={"origin": origin})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_without_keys_a_name_of_another_site_is_not_answered(studio: LiveStudio):
    answer = studio.client.get("/studio/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 403


def test_static_files_are_kept_and_named_by_their_content(studio: LiveStudio):
    page = studio.client.get("/studio/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = studio.client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert studio.client.get("/studio/static/..%2f_page.py").status_code == 404


def test_what_is_not_there_is_a_page(studio: LiveStudio):
    answer = studio.client.get("/studio/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Nothing is here" in answer.text
