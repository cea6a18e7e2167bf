"""What a command cannot do is told in one line, with exit code 2, and loses nothing."""

from pathlib import Path

import numpy as np
import pytest
from by_hand import write

import layerwise as lw

MIXED = "age,city,buys\n" + "30,Rome,yes\n40,Oslo,no\n" * 20

BAD_TRAINING = {
    "no such file": (None, ["nope.csv", "--target", "x"], "There is no file 'nope.csv'"),
    "near name": (MIXED, ["t.cvs", "--target", "x"], "Did you mean 't.csv'"),
    "no such column": (MIXED, ["t.csv", "--target", "buy"], "no target column 'buy'. Did you mean 'buys'?"),
    "empty file": ("", ["t.csv", "--target", "x"], "empty"),
    "header only": ("a,b\n", ["t.csv", "--target", "b"], "has no rows"),
    "one class": ("a,b\n1,x\n2,x\n4,x\n", ["t.csv", "--target", "b"], "one"),
    "text in a numeric column": (
        MIXED.replace("30,Rome,yes", "n/a,Rome,yes", 1),
        ["t.csv", "--target", "buys"],
        "Column 'age', row 1: 'n/a' is not a number",
    ),
    "infinite value": (MIXED.replace("40", "inf", 1), ["t.csv", "--target", "buys"], "Column 'age', row 2"),
    "all targets missing": ("a,b\n1,\n2,\n", ["t.csv", "--target", "b"], "missing"),
    "unknown activation": (MIXED, ["t.csv", "--target", "buys", "--activation", "rely"], "Did you mean 'relu'?"),
    "unknown quality": (MIXED, ["t.csv", "--target", "buys", "--quality", "fst"], "Did you mean 'fast'?"),
    "unknown metric": (MIXED, ["t.csv", "--target", "buys", "--metric", "acc"], "Unknown metric 'acc'"),
    "metric of numbers": (MIXED, ["t.csv", "--target", "buys", "--metric", "r2"], "--metric r2 is not for two classes"),
    "unknown loss": (MIXED, ["t.csv", "--target", "buys", "--loss", "hubr"], "Did you mean 'huber'?"),
    "loss of numbers": (MIXED, ["t.csv", "--target", "buys", "--loss", "huber"], "--loss is for numbers"),
    "negative counts": (
        "a,y\n" + "1,-2.5\n2,1.5\n4,3\n" * 9,
        ["t.csv", "--target", "y", "--task", "regression", "--loss", "poisson"],
        "Column 'y', row 1: the loss learns numbers of at least 0. Got -2.5",
    ),
    "role": (MIXED, ["t.csv", "--target", "buys", "--role", "age"], "--role must be COLUMN=ROLE"),
    "unknown role": (MIXED, ["t.csv", "--target", "buys", "--role", "age=numbr"], "Did you mean 'numeric'?"),
    "role of nothing": (MIXED, ["t.csv", "--target", "buys", "--role", "agee=numeric"], "Did you mean 'age'?"),
    "role of the target": (MIXED, ["t.csv", "--target", "buys", "--role", "buys=numeric"], "is the target"),
    "two roles": (MIXED, ["t.csv", "--target", "buys", "--role", "age=numeric", "--role", "age=drop"], "two roles"),
    "roles by two options": (
        MIXED,
        ["t.csv", "--target", "buys", "--role", "age=numeric", "--categorical", "age"],
        "by --categorical and by --role",
    ),
    "order of text": (
        MIXED,
        ["t.csv", "--target", "buys", "--role", "city=ordinal"],
        "as in --role 'city=ordinal:Oslo,Rome'",
    ),
    "levels of a category": (
        MIXED,
        ["t.csv", "--target", "buys", "--role", "city=category:Oslo"],
        "takes levels for ordinal alone",
    ),
    "level that is missing": (
        MIXED,
        ["t.csv", "--target", "buys", "--role", "city=ordinal:Rome,Lima"],
        "Column 'city', row 2: 'Oslo' is not one of the column's levels",
    ),
    "monotone": (MIXED, ["t.csv", "--target", "buys", "--monotone", "age=2"], "--monotone must be COLUMN=+1"),
    "two directions": (
        MIXED,
        ["t.csv", "--target", "buys", "--monotone", "age=+1", "--monotone", "age=-1"],
        "two directions",
    ),
    "monotone text": (
        MIXED.replace("40,Oslo", "40,Lima", 3),
        ["t.csv", "--target", "buys", "--monotone", "city=1"],
        "--monotone is for columns of numbers",
    ),
    "monotone of nothing": (MIXED, ["t.csv", "--target", "buys", "--monotone", "ag=1"], "Did you mean 'age'?"),
    "monotone classes": (
        "x,y\n" + "1,a\n4,b\n3,c\n" * 9,
        ["t.csv", "--target", "y", "--monotone", "x=1"],
        "--monotone needs two classes or numbers",
    ),
    "monotone target": (MIXED, ["t.csv", "--target", "buys", "--monotone", "buys=1"], "is the target"),
    "weight of nothing": (MIXED, ["t.csv", "--target", "buys", "--weight", "aged"], "Did you mean 'age'?"),
    "weight of text": (
        MIXED,
        ["t.csv", "--target", "buys", "--weight", "city"],
        "The column of weights 'city' must hold numbers. It holds text.",
    ),
    "weight of the target": (MIXED, ["t.csv", "--target", "buys", "--weight", "buys"], "--weight 'buys' is the target"),
    "weight with a role": (MIXED, ["t.csv", "--target", "buys", "--weight", "age", "--drop", "age"], "takes no role"),
    "negative weight": (
        MIXED.replace("40", "-4", 1),
        ["t.csv", "--target", "buys", "--weight", "age"],
        "Column 'age', row 2: a weight must be a number of at least 0; got -4",
    ),
    "missing weight": (
        MIXED.replace("40", "", 1),
        ["t.csv", "--target", "buys", "--weight", "age"],
        "row 2: a weight must be a number of at least 0; the cell is missing",
    ),
    "no weight": ("a,w,y\n" + "1,0,p\n2,0,q\n" * 9, ["t.csv", "--target", "y", "--weight", "w"], "above 0 in some row"),
    "networks": (MIXED, ["t.csv", "--target", "buys", "--networks", "0"], "'--networks' parameter of train"),
    "report": (MIXED, ["t.csv", "--target", "buys", "--report", "x.txt"], "--report must end in .html"),
    "no table to hold against": (
        MIXED,
        ["t.csv", "--target", "buys", "--eval-table", "no.csv"],
        "There is no file 'no.csv'",
    ),
    "unknown task": (MIXED, ["t.csv", "--target", "buys", "--task", "binry"], "Did you mean 'binary'?"),
    "hidden": (MIXED, ["t.csv", "--target", "buys", "--hidden", "8;8"], "--hidden must be whole numbers"),
    "hidden zero": (
        MIXED,
        ["t.csv", "--target", "buys", "--hidden", "8,0"],
        "'--hidden' parameter of train must be an int in the range [1, inf). Got 0",
    ),
    "learning rate": (
        MIXED,
        ["t.csv", "--target", "buys", "--learning-rate", "0"],
        "'--learning-rate' parameter of train",
    ),
    "epochs": (MIXED, ["t.csv", "--target", "buys", "--epochs", "0"], "'--epochs' parameter of train"),
    "validation": (
        MIXED,
        ["t.csv", "--target", "buys", "--validation", "1"],
        "'--validation' parameter of train must be a float in the range [0, 1)",
    ),
    "patience": (MIXED, ["t.csv", "--target", "buys", "--patience", "0"], "'--patience' parameter of train"),
    "seed below": (MIXED, ["t.csv", "--target", "buys", "--seed", "-1"], "'--seed' parameter of train"),
    "seed above": (MIXED, ["t.csv", "--target", "buys", "--seed", str(2**64)], "'--seed' parameter of train"),
    "threads": (
        MIXED,
        ["t.csv", "--target", "buys", "--threads", "0"],
        "'--threads' parameter of train must be an int",
    ),
    "engine": (
        MIXED,
        ["t.csv", "--target", "buys", "--engine", "nativ"],
        "Unknown engine 'nativ'. Did you mean 'native'?",
    ),
    "hidden below": (MIXED, ["t.csv", "--target", "buys", "--hidden", "-5"], "'--hidden' parameter of train"),
    "batch size": (MIXED, ["t.csv", "--target", "buys", "--batch-size", "0"], "'--batch-size' parameter of train"),
    "weight decay": (MIXED, ["t.csv", "--target", "buys", "--weight-decay", "-1"], "'--weight-decay' parameter"),
    "dropout": (MIXED, ["t.csv", "--target", "buys", "--dropout", "2"], "'--dropout' parameter of train"),
    "dropout without a layer": (
        MIXED,
        ["t.csv", "--target", "buys", "--hidden", "none", "--dropout", "0.1"],
        "--dropout acts on hidden layers, and --hidden none has none",
    ),
    "drop the target": (
        MIXED,
        ["t.csv", "--target", "buys", "--drop", "buys"],
        "--drop 'buys' is the target, which cannot be dropped",
    ),
    "nothing to hold out": (
        "a,y\n" + "".join(f"{i * i},c{i}\n" for i in range(12)),
        ["t.csv", "--target", "y"],
        "--validation 0",
    ),
    "plot": (MIXED, ["t.csv", "--target", "buys", "--plot", "x.gif"], "--plot must end in .png, .svg, .pdf"),
    "output folder": (MIXED, ["t.csv", "--target", "buys", "-o", "no/m"], "there is no folder 'no'"),
    "output is a folder": (MIXED, ["t.csv", "--target", "buys", "-o", "."], "is a folder"),
    "drop the unknown": (MIXED, ["t.csv", "--target", "buys", "--drop", "agee"], "Did you mean 'age'?"),
    "regression of text": (MIXED, ["t.csv", "--target", "buys", "--task", "regression"], "'yes' is not a number"),
}


@pytest.mark.parametrize("case", BAD_TRAINING.values(), ids=BAD_TRAINING.keys())
def test_bad_input_is_one_line_and_exit_code_2(layerwise, case):
    text, arguments, message = case
    if text is not None:
        Path("t.csv").write_text(text, encoding="utf-8")
    code, _, err = layerwise("train", *arguments)
    assert code == 2
    (line,) = err.strip().splitlines()
    assert line.startswith("layerwise: error: ")
    assert message in line
    assert not list(Path().glob("*.safetensors"))


def test_bad_models_and_tables(layerwise, people):
    layerwise("train", people, "--target", "buys", "--epochs", 2)
    content = Path("people.safetensors").read_bytes()
    Path("damaged").write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
    Path("short").write_bytes(content[:100])
    net = lw.Network((1, 1), ("sigmoid",))
    lw.save(lw.train(net, np.array([[0.0, 1.0]]), np.array([[0, 1]]), epochs=1), "bare")
    write("less.csv", "age,town,noise", [(30, "Rome", 1)])
    write("wrong.csv", "age,city,noise", [(30, "Rome", 1), ("old", "Oslo", 2)])
    write("label.csv", "age,city,noise,buys", [(30, "Rome", 1, "perhaps")])
    for arguments, message in (
        (("predict", "nope", people), "nope: no such file"),
        (("predict", people, "people.safetensors"), "is a table. The model comes first"),
        (("predict", "damaged", people), "is damaged"),
        (("inspect", "short"), "is cut short"),
        (("predict", "bare", people), "holds a bare network"),
        (("predict", "people.safetensors", "less.csv"), "needs column 'city'"),
        (("predict", "people.safetensors", "wrong.csv"), "Column 'age', row 2: 'old' is not a number"),
        (("predict", "people.safetensors", people, "-o", "p.txt"), "must end in .csv"),
        (("predict", "people.safetensors", people, "-o", "no/p.csv"), "cannot be written"),
        (("evaluate", "people.safetensors", "less.csv"), "no target column 'buys'"),
        (("evaluate", "people.safetensors", "label.csv"), "'perhaps' is not one of the 2 classes"),
        (("demo", "--folder", "no"), "--folder must be a folder"),
    ):
        code, _, err = layerwise(*arguments)
        assert code == 2
        assert "layerwise: error: " in err.splitlines()[-1]
        assert message in err.splitlines()[-1]
