from tributary.words import finding, not_computed, p_in_words


def test_a_finding_escapes_what_it_is_given():
    html = finding("<b>", [("<i>", "<u>")], "<s>", "<q>")
    assert "<b>" not in html and "&lt;b&gt;" in html and "It does not mean" in html
    assert "&lt;x&gt;" in not_computed("It", ValueError("<x>"))


def test_small_probabilities_are_not_written_as_zero():
    assert p_in_words(0.0) == "p < 0.0001"
    assert p_in_words(0.0312) == "p = 0.031"
