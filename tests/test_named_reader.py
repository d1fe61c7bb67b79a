"""A reader by name: a tiny real model, its pieces held against what the model itself says."""

import json
from functools import partial
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UserError
from index.reading.decoding import decode
from index.text.folding import fold
from index.updating import reindex
from qa.ask import main
from qa.named_reader import NamedReader
from qa.question import understand

pytestmark = pytest.mark.models

_CHARACTERS = (
    "一七上下不了云产人今从他们以件但位作元公共出别制厂去发叶司吨名员和品售在增多大天好安家将就层山岁岚工市年开往很新日时有木机村松架桥模每比江河"
    "海溪热现甲的百石种科站米约经织老者职能船艘茶蓝装计记设路辆达边还造部都金长门闹青领高，。是少"
)
_VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *sorted(set(fold(_CHARACTERS))),
    *"0123456789",
    *(f"##{digit}" for digit in range(10)),
]
_LONGEST = 60
QUESTION = understand("青岚造船厂有多少工人？")


def saved(folder, *, head="BertForQuestionAnswering", positions=64, spread=0.5, labels=2):
    """A folder with a tiny BERT of random weights and a tokenizer that takes each character by itself."""
    import torch
    import transformers

    torch.manual_seed(4)
    config = transformers.BertConfig(
        vocab_size=len(_VOCABULARY),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
        initializer_range=spread,
        num_labels=labels,
    )
    getattr(transformers, head)(config).save_pretrained(folder)
    transformers.BertTokenizerFast(vocab={word: number for number, word in enumerate(_VOCABULARY)}).save_pretrained(
        folder
    )
    return folder


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A model that sees 64 tokens at once."""
    return NamedReader(str(saved(tmp_path_factory.mktemp("narrow"))))


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A model that sees 200 tokens at once."""
    return NamedReader(str(saved(tmp_path_factory.mktemp("wide"), positions=200)))


def expected(reader, question, sentences):
    """The best piece of each sentence by the model's own scores: (start, end, score) against its first token."""
    import torch

    text = "".join(sentences)
    encoded = reader._tokenizer(question.folded, text, return_offsets_mapping=True, return_tensors="pt")
    sides, places = encoded.sequence_ids(0), encoded.pop("offset_mapping")[0].numpy()
    with torch.no_grad():
        output = reader._model(**encoded)
    starts, ends = output.start_logits[0].numpy(), output.end_logits[0].numpy()
    found, begun = [], 0
    for sentence in sentences:
        inside = [
            i
            for i, side in enumerate(sides)
            if side == 1 and begun <= places[i, 0] and places[i, 1] <= begun + len(sentence)
        ]
        sums = np.full((len(inside), len(inside)), -np.inf)
        for row, first in enumerate(inside):
            for column, last in enumerate(inside):
                if 0 < places[last, 1] - places[first, 0] <= _LONGEST and first <= last:
                    sums[row, column] = starts[first] + ends[last]
        row, column = np.unravel_index(sums.argmax(), sums.shape)
        found.append(
            (places[inside[row], 0] - begun, places[inside[column], 1] - begun, sums.max() - starts[0] - ends[0])
        )
        begun += len(sentence)
    return found


def assert_same(readings, wanted):
    assert [(reading.start, reading.end) for reading in readings] == [(start, end) for start, end, _ in wanted]
    assert [reading.score for reading in readings] == pytest.approx([score for *_, score in wanted], abs=1e-3)


_SENTENCE = st.text(
    alphabet=[*sorted(each for each in _VOCABULARY if len(each) == 1 and each != "。"), "龘"], min_size=1, max_size=90
)


@settings(max_examples=40)
@given(st.lists(_SENTENCE.map("{}。".format), min_size=1, max_size=6).filter(lambda found: sum(map(len, found)) <= 170))
def test_pieces_are_those_the_model_itself_holds_best(wide, sentences):
    (readings,) = wide.read(QUESTION, [("题", sentences)])
    assert_same(readings, expected(wide, QUESTION, sentences))


def test_a_piece_has_at_most_60_characters(wide):
    random = Random(4)
    sentences = ["".join(random.choices(_CHARACTERS, k=160)) for _ in range(250)]
    found = [readings[0] for readings in wide.read(QUESTION, [("", [sentence]) for sentence in sentences])]
    assert max(reading.end - reading.start for reading in found) == _LONGEST
    for reading, sentence in zip(found[:5], sentences[:5], strict=True):
        assert_same([reading], expected(wide, QUESTION, [sentence]))


def test_passages_are_read_each_by_itself_and_titles_not_at_all(wide):
    one, two = ["甲厂有职工20人。", "乙厂。"], ["茶山的石桥长30米。"]
    both = wide.read(QUESTION, [("题", one), ("另一题", two)])
    assert both == [*wide.read(QUESTION, [("", one)]), *wide.read(QUESTION, [("青岚造船厂", two)])]
    assert [len(readings) for readings in both] == [2, 1]
    assert wide.read(QUESTION, []) == []


_ANY = st.text(alphabet=[*_CHARACTERS, *"0123456789龘xy \n\u3000😀\ufffdé"], max_size=150)


@given(
    st.lists(st.lists(_ANY.map(lambda text: fold(text + "。")), min_size=1, max_size=8), min_size=1, max_size=3),
    st.sampled_from(["青岚造船厂有多少工人？", "甲", "厂" * 1000, "😀a" * 20]),
)
def test_every_sentence_has_a_piece_inside_it(narrow, passages, asked):
    found = narrow.read(understand(asked), [("题", sentences) for sentences in passages])
    assert [len(readings) for readings in found] == [len(sentences) for sentences in passages]
    for readings, sentences in zip(found, passages, strict=True):
        for reading, sentence in zip(readings, sentences, strict=True):
            assert 0 <= reading.start < reading.end <= len(sentence)
            assert reading.end - reading.start <= _LONGEST
            assert -1000 < reading.score < 1000  # each was in some window: its full stop at least is a token


def test_the_same_sentence_is_read_in_whichever_window_it_stands(narrow):
    filler = ["蓝桥在江边。"] * 30
    for place in (0, 7, 15, 30):
        (readings,) = narrow.read(QUESTION, [("", [*filler[:place], "青岚造船厂有工人47名。", *filler[place:]])])
        assert len(readings) == 31
        assert readings[place].score > -1000


def test_a_model_that_reads_bytes_takes_a_long_question(tmp_path):
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = ["<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    bytewise = Tokenizer(models.BPE({word: number for number, word in enumerate(words)}, []))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    names = {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    transformers.PreTrainedTokenizerFast(tokenizer_object=bytewise, model_max_length=512, **names).save_pretrained(
        tmp_path
    )
    torch.manual_seed(4)
    config = transformers.RobertaConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=514,
    )
    transformers.RobertaForQuestionAnswering(config).save_pretrained(tmp_path)
    sentences = ["青岚造船厂有工人。"] * 30
    for asked in ("甲", "厂" * 1000):
        (readings,) = NamedReader(str(tmp_path)).read(understand(asked), [("题", sentences)])
        assert len(readings) == 30
        assert all(-1000 < reading.score < 1000 and 0 <= reading.start < reading.end <= 9 for reading in readings)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model that has learnt from made-up lines, half of them without an answer, to ask for two digits."""
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    folder = saved(tmp_path_factory.mktemp("trained"), spread=0.02)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForQuestionAnswering.from_pretrained(folder)
    random = Random(4)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    for _ in range(80):
        lines, starts = [], []
        for i in range(16):
            before, after = ("".join(random.choices(_CHARACTERS, k=random.randrange(2, 24))) for _ in range(2))
            lines.append(before + (f"{random.randrange(10, 100)}" if i % 2 else "") + after)
            starts.append(len(before) if i % 2 else None)
        batch = tokenizer([QUESTION.folded] * 16, lines, padding=True, return_tensors="pt")
        first = torch.tensor(
            [0 if start is None else batch.char_to_token(i, start, 1) for i, start in enumerate(starts)]
        )
        optimizer.zero_grad()
        model(**batch, start_positions=first, end_positions=first + (first > 0)).loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("ahead", [0, 12], ids=["one window", "many windows"])
def test_a_model_that_learnt_to_find_digits_finds_them(trained, ahead):
    reader = NamedReader(str(trained))
    sentences = [*["新村的老人很热闹。"] * ahead, "木机厂将有员工92位。", *["云山在江边。"] * ahead]
    (readings,) = reader.read(understand("木机厂有多少员工？"), [("题", sentences)])
    best = max(readings, key=lambda reading: reading.score)
    assert readings.index(best) == ahead
    assert sentences[ahead][best.start : best.end] == "92"
    assert best.score > 0
    (silent,) = reader.read(understand("木机厂有多少员工？"), [("题", ["新村的老人很热闹。"])])
    assert silent[0].score < 0


def _truncated(folder):
    saved(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def _without(name, folder):
    saved(folder)
    (folder / name).unlink()


def _without_vocabulary(folder):
    saved(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (folder / name).unlink(missing_ok=True)


def _of_something_else(folder):
    saved(folder)
    (folder / "config.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda folder: folder.rmdir(), ": no such model folder.", id="missing"),
        pytest.param(
            lambda folder: (folder.rmdir(), folder.write_text("x", encoding="utf-8")),
            ": no such model folder.",
            id="a file",
        ),
        pytest.param(lambda folder: None, " cannot be loaded (", id="empty"),
        pytest.param(
            lambda folder: (folder / "read.me").write_text("x", encoding="utf-8"), " cannot be loaded (", id="no model"
        ),
        pytest.param(partial(_without, "config.json"), " cannot be loaded (", id="no configuration"),
        pytest.param(partial(_without, "model.safetensors"), " cannot be loaded (", id="no weights"),
        pytest.param(_truncated, " cannot be loaded (", id="half of the weights"),
        pytest.param(_of_something_else, " cannot be loaded (", id="no kind of model"),
        pytest.param(_without_vocabulary, "", id="no vocabulary"),
        pytest.param(partial(saved, head="BertModel"), " was not trained to answer questions.", id="no head"),
        pytest.param(
            partial(saved, head="BertForMaskedLM"), " was not trained to answer questions.", id="a head for gaps"
        ),
        pytest.param(
            partial(saved, head="BertForTokenClassification"),
            " was not trained to answer questions.",
            id="a head for tokens",
        ),
    ],
)
def test_what_is_no_reader_is_refused(tmp_path, capfd, make, says):
    folder = tmp_path / "model"
    folder.mkdir()
    make(folder)
    capfd.readouterr()
    with pytest.raises(UserError) as error:
        NamedReader(str(folder))
    assert str(folder) in error.value.message
    assert says in error.value.message
    assert "\n" not in error.value.message + error.value.hint
    assert error.value.hint
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def small_store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "1.txt").write_text(
        "造船厂扩建\n\n青岚造船厂在江边。青嵐造船廠現有工人３２名(míng)，(chǎn)都很好。", encoding="utf-8"
    )
    (folder / "corpus" / "2.txt").write_text("茶园丰收\n\n松溪茶叶公司的茶山达58亩。", encoding="utf-8")
    reindex(folder / "store", [folder / "corpus"])
    return folder / "store"


def test_an_answer_of_a_named_reader_is_verbatim(trained, small_store, capsys):
    code = main(["青岚造船厂现有多少工人？", "--store", str(small_store), "--reader", str(trained), "--json"])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    reply = json.loads(out)
    answer = reply["answer"]
    (citation,) = answer["citations"]
    passage = reply["passages"][citation["passage"] - 1]
    assert passage["text"][citation["start"] : citation["end"]] == answer["text"]
    assert answer["text"] in answer["sentence"]
    assert answer["sentence"] in decode((small_store.parent / "corpus" / "1.txt").read_bytes()).text
    assert "３２" in answer["text"]


def test_a_wrong_reader_is_one_line(small_store, tmp_path, capsys):
    assert main(["青岚造船厂有多少工人？", "--store", str(small_store), "--reader", str(tmp_path / "nowhere")]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        f"zhiwen: {tmp_path}/nowhere: no such model folder.  Name an existing one, or a model by its name on "
        f"the hub.\n",
    )
