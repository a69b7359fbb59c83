from tributary.words import Findings, finding, not_computed, p_in_words


def test_a_finding_escapes_what_it_is_given():
    html = finding("<b>", [("<i>", "<u>")], "<s>", "<q>")
    assert "<b>" not in html and "&lt;b&gt;" in html and "It does not mean" in html
    assert "&lt;x&gt;" in not_computed("It", ValueError("<x>"))


def test_small_probabilities_are_not_written_as_zero():
    assert p_in_words(0.0) == "p < 0.0001"
    assert p_in_words(0.0312) == "p = 0.031"


def test_findings_are_shown_and_their_headlines_kept():
    shown: list[str] = []
    told = Findings(shown.append)
    told.show("It rains", [], "wet", "cold", "good")
    told.show("It stopped", [], "dry", "warm")
    assert told.headlines == ["It rains", "It stopped"]
    assert [("It rains" in html, "It stopped" in html) for html in shown] == [(True, False), (False, True)]
