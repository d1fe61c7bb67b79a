"""Texts become vectors: the bundled model without torch, and any sentence-transformers folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedding.hub import BUNDLED
from index.embedding.models import SentenceTransformerModel, load_embedder
from index.embedding.static import StaticModel, bundled_model
from index.errors import UserError
from index.text.folding import fold

_ROOT = Path(__file__).parent.parent
_FOLDER = _ROOT / "index" / "assets" / "static"
_SENTENCES = (
    "湘东区的拓源实业去年产值达到30亿元以上，利润4亿元。",
    "青岚市2023年的地区生产总值(GDP)为1,286.5亿元，比上年增长5.8%。",
    "竹汐市12所國小導入智慧校園，學生證內建晶片。",
    "晶科加碼海寧 斯達擴産南湖",
    "",
    "\u3000 \n",
    "😀😀𠀀",
    "锂😀电",
    "ＰＭ２．５",
    "Sentence-Transformers and ABC",
    "。，、！",
    "好" * 2000,
    "第一行\n第二行\r\n\t第三行",
    "a" * 300,
)
_BLANK = (4, 5, 6)  # of the sentences: nothing known in them


@pytest.mark.models
def test_vectors_are_those_of_sentence_transformers():
    from sentence_transformers import SentenceTransformer

    expected = SentenceTransformer(str(_FOLDER), device="cpu").encode(
        [fold(text) for text in _SENTENCES], normalize_embeddings=True
    )
    vectors = StaticModel().encode(_SENTENCES)
    assert (vectors.shape, vectors.dtype) == ((len(_SENTENCES), bundled_model().dimension), np.float32)
    assert np.abs(vectors - expected).max() < 1e-5


def test_rows_are_of_unit_length_or_zero():
    lengths = np.linalg.norm(bundled_model().encode(_SENTENCES), axis=1)
    assert [number for number, length in enumerate(lengths) if length == 0] == list(_BLANK)
    assert np.allclose(np.delete(lengths, _BLANK), 1, atol=1e-6)


def test_either_script_and_width_gives_the_same_vector():
    encode = bundled_model().encode
    for one, other in (
        ("产业园区", "產業園區"),
        ("说明书", "説明書"),
        ("PM2.5年均33微克", "ＰＭ２．５年均３３微克"),
        ("gdp", "GDP"),
    ):
        assert np.array_equal(encode([one]), encode([other]))


def test_nothing_in_nothing_out():
    assert bundled_model().encode([]).shape == (0, bundled_model().dimension)
    assert not bundled_model().encode([""]).any()


def test_a_text_has_the_same_vector_alone_and_among_many():
    many = [f"第{number}段：{text}" for number, text in enumerate(_SENTENCES * 40)]
    together = bundled_model().encode(many)
    assert len(many) > 512
    for place in (0, 4, 511, 512, 513, len(many) - 1):
        assert np.array_equal(together[place], bundled_model().encode([many[place]])[0])


def test_a_question_is_embedded_like_a_passage():
    assert np.array_equal(bundled_model().encode(_SENTENCES, query=True), bundled_model().encode(_SENTENCES))


def test_near_words_are_nearer_than_far_ones():
    electric, battery, tea = bundled_model().encode(["新能源汽车的动力电池", "锂电池生产线投产", "清明前的春茶开园"])
    assert electric @ battery > electric @ tea


def test_the_bundled_model_needs_no_torch(tmp_path):
    code = (
        "import sys\nfrom index.embedding.models import load_embedder\nload_embedder('bundled').encode(['青岚'])\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & sys.modules.keys()))"
    )
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_words_stand_where_they_say(text):
    folded = fold(text)
    (words,) = bundled_model().words([folded])
    end = 0
    for word in words:
        assert end <= word.start < word.end <= len(folded)
        assert word.information > 0
        end = word.end


def test_words_of_a_text():
    text = "的 电池 😀"
    (words,) = bundled_model().words([text])
    assert [text[word.start : word.end] for word in words] == ["的", "电池", "😀"]
    common, rarer, unknown = words
    assert 0 < common.rank < rarer.rank
    assert unknown.rank == 0
    assert common.information < rarer.information < unknown.information


def test_units_are_the_vectors_of_words_of_unit_length():
    model = bundled_model()
    words = model.words(["拓源产值"])[0]
    units = model.units([word.rank for word in words])
    assert (units.shape, units.dtype) == ((len(words), model.dimension), np.float32)
    assert np.allclose(np.linalg.norm(units, axis=1), 1, atol=1e-5)
    assert model.units([]).shape == (0, model.dimension)


def _copied(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(_FOLDER, folder)
    return folder


def _weights(folder, array, dtype="F32"):
    header = json.dumps(
        {"embedding.weight": {"dtype": dtype, "shape": list(array.shape), "data_offsets": [0, array.nbytes]}}
    ).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + array.tobytes())


def _tokenizer(folder, words):
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(("[UNK]", *words))}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer


def test_a_static_model_of_ones_own(tmp_path):
    _tokenizer(tmp_path, ("甲", "乙"))
    _weights(tmp_path, np.array([[0, 0], [3, 0], [0, 4]], np.float32))
    model = StaticModel(tmp_path, "own")
    assert (model.name, model.dimension) == ("own", 2)
    assert np.allclose(model.encode(["甲", "乙 乙", "甲 乙", "丙", ""]), [[1, 0], [0, 1], [0.6, 0.8], [0, 0], [0, 0]])


def _no_folder(folder):
    shutil.rmtree(folder)


def _no_tokenizer(folder):
    (folder / "tokenizer.json").unlink()


def _garbled_tokenizer(folder):
    (folder / "tokenizer.json").write_text("{", encoding="utf-8")


def _no_weights(folder):
    (folder / "model.safetensors").unlink()


def _empty_weights(folder):
    (folder / "model.safetensors").write_bytes(b"")


def _short_weights(folder):
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(1_000_000)


def _garbage_weights(folder):
    (folder / "model.safetensors").write_bytes(b"\xff" * 1000)


def _half_weights(folder):
    _weights(folder, np.zeros((10, 4), np.float16), "F16")


def _too_few_weights(folder):
    _weights(folder, np.zeros((10, 4), np.float32))


@pytest.mark.parametrize(
    "damage",
    [
        _no_folder,
        _no_tokenizer,
        _garbled_tokenizer,
        _no_weights,
        _empty_weights,
        _short_weights,
        _garbage_weights,
        _half_weights,
        _too_few_weights,
    ],
)
def test_a_broken_folder_is_the_users_to_put_right(tmp_path, damage):
    folder = _copied(tmp_path)
    damage(folder)
    with pytest.raises(UserError) as caught:
        StaticModel(folder)
    assert caught.value.message.startswith(f"{folder}: not a static embedding model (")
    assert caught.value.hint


def test_the_fingerprint_is_the_models_and_not_the_folders(tmp_path):
    assert StaticModel(_copied(tmp_path)).fingerprint == StaticModel().fingerprint == bundled_model().fingerprint


@pytest.mark.parametrize("place", [200, -4])
def test_other_weights_have_another_fingerprint(tmp_path, place):
    folder = _copied(tmp_path)
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[place] ^= 1
    (folder / "model.safetensors").write_bytes(data)
    assert StaticModel(folder).fingerprint != StaticModel().fingerprint


def test_another_tokenizer_has_another_fingerprint(tmp_path):
    _weights(tmp_path, np.eye(3, dtype=np.float32))
    _tokenizer(tmp_path, ("甲", "乙"))
    one = StaticModel(tmp_path)
    _tokenizer(tmp_path, ("乙", "甲"))
    other = StaticModel(tmp_path)
    assert not np.array_equal(one.encode(["甲"]), other.encode(["甲"]))
    assert one.fingerprint != other.fingerprint


def _sentence_transformer(folder, vectors):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    folder.mkdir(exist_ok=True)
    tokenizer = _tokenizer(folder, ("甲", "乙", "产"))
    SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=vectors), Normalize()], device="cpu"
    ).save_pretrained(str(folder))
    return str(folder)


@pytest.mark.models
def test_any_sentence_transformers_folder_is_a_model(tmp_path):
    name = _sentence_transformer(tmp_path / "tiny", np.array([[0, 0], [3, 0], [0, 4], [1, 1]], np.float32))
    model = SentenceTransformerModel(name)
    assert (model.name, model.dimension) == (name, 2)
    vectors = model.encode(["甲", "乙 乙", "甲 乙", "產"])
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, [[1, 0], [0, 1], [0.6, 0.8], [0.5**0.5, 0.5**0.5]], atol=1e-6)
    assert np.array_equal(model.encode(["甲"], query=True), model.encode(["甲"]))
    assert model.encode([]).shape == (0, 2)
    assert isinstance(load_embedder(name), SentenceTransformerModel)


def test_a_model_trained_again_in_its_folder_has_another_fingerprint(tmp_path):
    name = _sentence_transformer(tmp_path / "tiny", np.eye(4, 2, dtype=np.float32))
    before = SentenceTransformerModel(name).fingerprint
    assert SentenceTransformerModel(name).fingerprint == before
    _sentence_transformer(tmp_path / "tiny", np.eye(4, 2, k=-1, dtype=np.float32))
    assert SentenceTransformerModel(name).fingerprint != before


def test_a_folder_that_is_no_model_is_the_users_to_put_right(tmp_path):
    with pytest.raises(UserError) as caught:
        SentenceTransformerModel(str(tmp_path))
    assert caught.value.message.startswith(f"the model {tmp_path} cannot be loaded (")
    assert "\n" not in caught.value.message


def test_the_bundled_model_is_loaded_once_by_its_name():
    assert load_embedder(BUNDLED) is bundled_model()
    assert bundled_model().name == BUNDLED
