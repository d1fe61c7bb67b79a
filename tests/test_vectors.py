"""The vector index: the same ids and scores as numpy, from memory and from a file."""

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.vectors import NEAREST, RECALL, VectorIndex, kind_for

_DIMENSION = 24


def _vectors(count, seed=3):
    """Unit vectors of whole sixteenths, so that every sum of products is exact whatever its order."""
    random = np.random.default_rng(seed)
    signs = random.choice([-1.0, 1.0], (count, _DIMENSION))
    used = np.argsort(random.random((count, _DIMENSION)), axis=1) < 16
    return np.asarray(signs * used / 4, np.float32)


def _ids(count):
    """Ids neither ordered nor dense."""
    return np.asarray([(number * 37) % 1009 + 10 for number in range(count)], np.int64)


KINDS = ("exact", "half", "lists")


def _vector_index(count=200, kind="exact"):
    vector_index = VectorIndex(_DIMENSION, kind, _vectors(400, seed=50) if kind == "lists" else None)
    vector_index.add(_ids(count), _vectors(count))
    return vector_index


def _brute(ids, vectors, vector, k, allowed=None):
    scores = vectors @ vector
    hits = [
        (int(number), float(score))
        for number, score in zip(ids, scores, strict=True)
        if allowed is None or number in allowed
    ]
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]


@pytest.mark.parametrize(
    "kind", KINDS
)  # sixteenths are exact in 16 bits too, and lists are all looked through until told otherwise
@pytest.mark.parametrize("seed", range(5))
def test_ids_and_scores_are_exactly_those_of_numpy(kind, seed):
    (vector,) = _vectors(1, seed=100 + seed)
    assert _vector_index(kind=kind).search(vector, 200) == _brute(_ids(200), _vectors(200), vector, 200)


@pytest.mark.parametrize("k", [1, 2, 7, 50, 199])
def test_the_best_k_are_the_best_k(k):
    (vector,) = _vectors(1, seed=9)
    found = _vector_index().search(vector, k)
    expected = _brute(_ids(200), _vectors(200), vector, 200)
    assert [score for _, score in found] == [score for _, score in expected[:k]]
    assert set(found) <= set(expected)


def test_random_vectors_of_unit_length():
    random = np.random.default_rng(5)
    matrix = random.standard_normal((300, 256)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    ids = np.arange(1, 301, dtype=np.int64)
    vector_index = VectorIndex(256)
    vector_index.add(ids, matrix)
    for vector in matrix[:10]:
        found, expected = vector_index.search(vector, 12), _brute(ids, matrix, vector, 12)
        assert [number for number, _ in found] == [number for number, _ in expected]
        assert np.allclose([score for _, score in found], [score for _, score in expected], atol=1e-6)
        assert found[0][1] == pytest.approx(1, abs=1e-6)


def test_cosine_is_what_is_measured():
    vector_index = VectorIndex(2)
    vector_index.add(np.array([1, 2, 3], np.int64), np.array([[1, 0], [0, 1], [-1, 0]], np.float32))
    assert vector_index.search(np.array([1, 0], np.float32), 3) == [(1, 1.0), (2, 0.0), (3, -1.0)]


def test_equal_scores_are_ordered_by_id():
    vector_index = VectorIndex(2)
    vector_index.add(np.array([9, 2, 7, 4], np.int64), np.array([[1, 0]] * 4, np.float32))
    assert vector_index.search(np.array([1, 0], np.float32), 4) == [(2, 1.0), (4, 1.0), (7, 1.0), (9, 1.0)]


@given(st.sets(st.integers(0, 199)), st.integers(1, 250))
def test_only_the_allowed_are_found(places, k):
    vector_index = _vector_index()
    allowed = _ids(200)[sorted(places)]
    (vector,) = _vectors(1, seed=11)
    found = vector_index.search(vector, k, allowed=allowed)
    expected = _brute(_ids(200), _vectors(200), vector, 200, allowed=set(allowed.tolist()))
    assert [score for _, score in found] == [score for _, score in expected[:k]]
    assert set(found) <= set(expected)


def test_allowed_ids_that_are_not_held_are_no_hits():
    (vector,) = _vectors(1)
    assert _vector_index().search(vector, 5, allowed=np.array([5000, 6000], np.int64)) == []
    assert _vector_index().search(vector, 5, allowed=np.array([], np.int64)) == []
    assert [number for number, _ in _vector_index().search(vector, 5, allowed=np.array([5000, 10], np.int64))] == [10]


def test_k_is_only_the_most_and_nothing_is_found_in_nothing():
    (vector,) = _vectors(1)
    assert len(_vector_index(3).search(vector, 1000)) == 3
    assert _vector_index(3).search(vector, 0) == []
    assert _vector_index(3).search(vector, -1) == []
    empty = VectorIndex(_DIMENSION)
    assert (len(empty), empty.ids(), empty.dimension) == (0, set(), _DIMENSION)
    assert empty.search(vector, 5) == []
    assert empty.search(vector, 5, allowed=np.array([1], np.int64)) == []
    empty.remove([1, 2])
    empty.add(np.zeros(0, np.int64), np.zeros((0, _DIMENSION), np.float32))
    assert len(empty) == 0


def test_a_vector_of_nothing_known_is_like_nothing():
    assert {score for _, score in _vector_index().search(np.zeros(_DIMENSION, np.float32), 5)} == {0.0}


@given(st.sampled_from(KINDS), st.sets(st.integers(0, 39)), st.integers(40, 45))
def test_what_is_removed_is_gone_and_the_rest_is_as_before(kind, places, beyond):
    vector_index, ids, vectors = _vector_index(40, kind), _ids(40), _vectors(40)
    vector_index.remove([*ids[sorted(places)].tolist(), beyond + 5000])
    kept = [place for place in range(40) if place not in places]
    assert len(vector_index) == len(kept)
    assert vector_index.ids() == set(ids[kept].tolist())
    (vector,) = _vectors(1, seed=21)
    assert vector_index.search(vector, 40) == _brute(ids[kept], vectors[kept], vector, 40)


def test_removed_ids_may_be_anything_that_gives_ids():
    vector_index = _vector_index(10)
    vector_index.remove({10, 47})
    vector_index.remove(iter([84]))
    vector_index.remove(())
    assert vector_index.ids() == set(_ids(10).tolist()) - {10, 47, 84}


def test_an_added_vector_is_found_after_a_removal():
    vector_index = _vector_index(10)
    vector_index.remove([10])
    (vector,) = _vectors(1, seed=77)
    vector_index.add(np.array([10], np.int64), vector[None, :])
    assert vector_index.search(vector, 1) == [(10, 1.0)]


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_gives_the_index_back(kind, write, tmp_path):
    vector_index, path = _vector_index(kind=kind), tmp_path / "向量-1.faiss"
    vector_index.save(path)
    loaded = VectorIndex.load(path, write=write)
    (vector,) = _vectors(1, seed=8)
    assert (len(loaded), loaded.dimension, loaded.ids()) == (200, _DIMENSION, vector_index.ids())
    assert loaded.kind == kind
    assert loaded.search(vector, 200) == vector_index.search(vector, 200)
    if write:
        loaded.remove([10])
        loaded.add(np.array([5], np.int64), vector[None, :])
        assert loaded.search(vector, 1) == [(5, 1.0)]
    else:
        with pytest.raises(OSError, match="loaded to be read"):  # faiss itself would end the process
            loaded.remove([10])
        with pytest.raises(OSError, match="loaded to be read"):
            loaded.add(np.array([5], np.int64), vector[None, :])
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_saving_twice_gives_the_same_bytes_and_replaces(tmp_path):
    _vector_index().save(tmp_path / "a")
    _vector_index().save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    VectorIndex(_DIMENSION).save(tmp_path / "b")
    assert len(VectorIndex.load(tmp_path / "b")) == 0


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_raises_value_error(tmp_path, share):
    _vector_index().save(tmp_path / "v.faiss")
    data = (tmp_path / "v.faiss").read_bytes()
    (tmp_path / "v.faiss").write_bytes(data[: int(len(data) * share)])
    for write in (False, True):
        with pytest.raises(ValueError):
            VectorIndex.load(tmp_path / "v.faiss", write=write)


@pytest.mark.parametrize(
    "data",
    [b"garbage", bytes(5000), b"\xff" * 5000, "没有向量".encode() * 500, b"IxM2" + b"\xff" * 400, b"IxM2" + bytes(400)],
)
def test_a_file_of_something_else_raises_value_error(tmp_path, data):
    (tmp_path / "v.faiss").write_bytes(data)
    for write in (False, True):
        with pytest.raises(ValueError):
            VectorIndex.load(tmp_path / "v.faiss", write=write)


def test_a_faiss_file_of_another_kind_raises_value_error(tmp_path):
    (tmp_path / "v.faiss").write_bytes(faiss.serialize_index(faiss.IndexFlatL2(4)).tobytes())
    for write in (False, True):
        with pytest.raises(ValueError):
            VectorIndex.load(tmp_path / "v.faiss", write=write)


def test_a_file_that_is_not_there_raises_os_error(tmp_path):
    with pytest.raises(OSError):
        VectorIndex.load(tmp_path / "v.faiss")


@pytest.mark.parametrize(
    ("size", "kind"), [(0, "exact"), (20_000, "exact"), (20_001, "half"), (200_000, "half"), (200_001, "lists")]
)
def test_what_an_index_is_made_of_goes_by_its_size(size, kind):
    assert kind_for(size) == kind


def _clustered(count, seed, dimension=32):
    """Vectors about 40 directions, as texts lie about their subjects."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((40, dimension))
    made = centres[random.integers(0, 40, count)] + 0.9 * random.standard_normal((count, dimension))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def test_lists_are_looked_through_until_nearly_all_of_the_nearest_are_named():
    vectors, questions, later = _clustered(6000, 2), _clustered(100, 3), _clustered(200, 4)
    vector_index = VectorIndex(32, "lists", vectors)
    vector_index.add(np.arange(6000, dtype=np.int64), vectors)
    nearest = np.argsort(-questions @ vectors.T, axis=1)[:, :NEAREST]
    share = vector_index.tune(questions, nearest)
    lists = vector_index._faiss.nlist
    assert share >= RECALL
    assert 16 <= vector_index._faiss.nprobe < lists == 6000 // 39
    found = [{number for number, _ in vector_index.search(question, NEAREST)} for question in later]
    true = np.argsort(-later @ vectors.T, axis=1)[:, :NEAREST]
    assert (
        sum(len(ids & set(best.tolist())) for ids, best in zip(found, true, strict=True)) / true.size >= RECALL - 0.02
    )


@pytest.mark.parametrize("kind", KINDS)
def test_few_allowed_are_all_found_wherever_they_lie(kind):
    vectors = _clustered(6000, 2)
    vector_index = VectorIndex(32, kind, vectors)
    vector_index.add(np.arange(6000, dtype=np.int64), vectors)
    vector_index.tune(vectors[:50], np.argsort(-vectors[:50] @ vectors.T, axis=1)[:, :NEAREST])
    allowed = np.arange(7, 6000, 400, dtype=np.int64)
    assert {number for number, _ in vector_index.search(vectors[0], 100, allowed)} == set(allowed.tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_allowed_vectors_are_found_though_they_point_elsewhere(kind):
    """As a filter does that leaves other subjects than the question's."""
    vectors, questions = _clustered(6000, 2), _clustered(40, 3)
    vector_index = VectorIndex(32, kind, vectors)
    vector_index.add(np.arange(6000, dtype=np.int64), vectors)
    vector_index.tune(questions, np.argsort(-questions @ vectors.T, axis=1)[:, :NEAREST])
    for question in questions[:10]:
        far = np.sort(np.argsort(vectors @ question)[:3000]).astype(np.int64)
        true = far[np.argsort(-vectors[far] @ question)[:NEAREST]]
        assert (
            len({number for number, _ in vector_index.search(question, NEAREST, far)} & set(true.tolist()))
            >= NEAREST - 1
        )


def test_an_index_of_halves_names_the_nearest_of_vectors_like_texts():
    vectors, questions = _clustered(3000, 2), _clustered(100, 3)
    vector_index = VectorIndex(32, "half")
    vector_index.add(np.arange(3000, dtype=np.int64), vectors)
    assert vector_index.tune(questions, np.argsort(-questions @ vectors.T, axis=1)[:, :NEAREST]) >= RECALL
    (best, score), *_ = vector_index.search(questions[0], 5)
    assert score == pytest.approx(float(questions[0] @ vectors[best]), abs=1e-3)


def test_lists_are_not_made_without_a_sample():
    with pytest.raises(ValueError, match="sample"):
        VectorIndex(8, "lists")
