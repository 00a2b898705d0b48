import pytest

from tooling.stamps import fingerprint, when_changed


@pytest.fixture
def done(tmp_path):
    """A step that notes when it is done."""

    def step(wanted, *, made=(), fails=False):
        with when_changed(tmp_path / "stamps" / "step", wanted, made=made) as needed:
            if needed and fails:
                raise RuntimeError("interrupted")
        return needed

    return step


def test_a_step_is_done_once_while_nothing_changes(done):
    assert [done("a"), done("a"), done("b"), done("a")] == [True, False, True, True]


def test_an_interrupted_step_is_done_again(done):
    done("a")
    with pytest.raises(RuntimeError):
        done("b", fails=True)
    assert done("b")


def test_going_back_after_an_interruption_is_done_again(done):
    done("a")
    with pytest.raises(RuntimeError):
        done("b", fails=True)
    assert done("a")


def test_a_step_is_done_again_when_its_product_is_gone(done, tmp_path):
    product = tmp_path / "product"
    product.touch()
    done("a", made=[product])
    assert not done("a", made=[product])
    product.unlink()
    assert done("a", made=[product])


def test_a_fingerprint_tells_contents_names_and_absence_apart(tmp_path):
    folder = tmp_path / "folder"
    seen = {fingerprint(folder)}
    folder.mkdir()
    for name, text in [("a", "x"), ("a", "y"), ("b", "y")]:
        (folder / name).write_text(text)
        seen.add(fingerprint(folder))
    assert len(seen) == 4
    assert fingerprint(folder) in seen
