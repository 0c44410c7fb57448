"""Makes the checkpoints that CheckpointsTests reads, with the real torch.save and torch.onnx.export.

    pip install torch onnx onnxscript
    python make_fixtures.py

Needs no network but for pip. Parameters take few distinct values, all exact in half precision, so that gzip shrinks 8.6 MB to
some tens of kB; element i of parameter p (both counted from 0 in checkpoint order) is ((31 * i + 7 * p) % 61 - 30) / 64, which the
tests compute again.
"""
import gzip
import io
import os
import pickle
import warnings
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


class ConvNorm(nn.Sequential):
    def __init__(self, cin, cout, kernel=3, stride=1, padding=1, groups=1, bias=False):
        super().__init__(
            nn.ReflectionPad2d(padding),
            nn.Conv2d(cin, cout, kernel, stride, 0, groups=groups, bias=bias),
            nn.GroupNorm(1, cout),
            nn.LeakyReLU(0.2),
        )


class InvertedResidual(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        middle = 2 * cin
        self.adds = cin == cout
        self.layers = nn.Sequential(
            ConvNorm(cin, middle, 1, padding=0),
            ConvNorm(middle, middle, groups=middle, bias=True),
            nn.Conv2d(middle, cout, 1, bias=False),
            nn.GroupNorm(1, cout),
        )

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


class Generator(nn.Module):
    def __init__(self, align_corners):
        super().__init__()
        self.align_corners = align_corners
        shrink = dict(stride=2, padding=(0, 1, 0, 1))
        self.block_a = nn.Sequential(ConvNorm(3, 32, 7, padding=3), ConvNorm(32, 64, **shrink), ConvNorm(64, 64))
        self.block_b = nn.Sequential(ConvNorm(64, 128, **shrink), ConvNorm(128, 128))
        self.block_c = nn.Sequential(
            ConvNorm(128, 128), InvertedResidual(128, 256), InvertedResidual(256, 256), InvertedResidual(256, 256),
            InvertedResidual(256, 256), ConvNorm(256, 128))
        self.block_d = nn.Sequential(ConvNorm(128, 128), ConvNorm(128, 128))
        self.block_e = nn.Sequential(ConvNorm(128, 64), ConvNorm(64, 64), ConvNorm(64, 32, 7, padding=3))
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())

    def forward(self, x):
        out = self.block_a(x)
        half = out.shape[-2:]
        out = self.block_c(self.block_b(out))
        out = self.block_d(F.interpolate(out, half, mode="bilinear", align_corners=self.align_corners))
        out = F.interpolate(out, x.shape[-2:], mode="bilinear", align_corners=self.align_corners)
        return self.out_layer(self.block_e(out))


def fill(model):
    with torch.no_grad():
        for index, parameter in enumerate(model.parameters()):
            steps = torch.arange(parameter.numel(), dtype=torch.int64)
            parameter.copy_((((31 * steps + 7 * index) % 61 - 30).float() / 64).reshape(parameter.shape))
    return model.eval()


def keep(name, data):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(data)
    print(name, len(data))


def packed(name, data):
    keep(name + ".gz", gzip.compress(data, 9, mtime=0))


def saved(thing, **options):
    buffer = io.BytesIO()
    torch.save(thing, buffer, **options)
    return buffer.getvalue()


def strided(state):
    """The same numbers, seen through other strides and from one shared storage."""
    result = OrderedDict()
    for name, value in state.items():
        result[name] = value.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0) if value.dim() == 4 else value
    shared = torch.cat([torch.zeros(5), state["block_a.0.2.weight"], state["block_a.0.2.bias"]])
    result["block_a.0.2.weight"] = shared[5:37]
    result["block_a.0.2.bias"] = shared[37:69]
    return result


def exported(model, folding=True, dynamo=False):
    path = os.path.join(HERE, "export.tmp.onnx")
    options = dict(external_data=False) if dynamo else dict(opset_version=12, do_constant_folding=folding)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (torch.zeros(1, 3, 64, 64),), path, dynamo=dynamo, **options)
    with open(path, "rb") as file:
        data = file.read()
    os.remove(path)
    return data


class Malicious:
    def __reduce__(self):
        return (os.system, ("echo executed > /tmp/sakuga-was-executed",))


model = fill(Generator(align_corners=True))
state = model.state_dict()
packed("torch-state-dict.pt", saved(state))
packed("torch-strided-wrapped.pt", saved({"epoch": 3, "params_ema": {"module." + k: v for k, v in strided(state).items()}}))
packed("torch-half.pt", saved(OrderedDict((k, v.half()) for k, v in state.items())))
packed("torch-bfloat-parameters.pt", saved(OrderedDict((k, nn.Parameter(v.bfloat16())) for k, v in state.items())))
packed("torch-protocol4.pt", saved(state, pickle_protocol=4))
packed("torch-legacy.pth", saved(state, _use_new_zipfile_serialization=False))
packed("export-folded.onnx", exported(model))
packed("export-named.onnx", exported(model, folding=False))
packed("export-dynamo.onnx", exported(fill(Generator(align_corners=False)), dynamo=True))
keep("legacy-small.pth", saved({"block_a.0.1.weight": torch.ones(2, 2)}, _use_new_zipfile_serialization=False))
keep("torch-small.pt", saved({"block_a.0.1.weight": torch.ones(2, 2)}))
keep("malicious.pt", saved({"block_a.0.1.weight": Malicious()}))
keep("malicious-legacy.pth", saved({"block_a.0.1.weight": Malicious()}, _use_new_zipfile_serialization=False))
keep("bare.pkl", pickle.dumps(Malicious(), protocol=2))
keep("whole-model.pt", saved(nn.Conv2d(1, 1, 1)))
keep("scripted.pt", (lambda b: (torch.jit.save(torch.jit.script(nn.Conv2d(1, 1, 1)), b), b.getvalue())[1])(io.BytesIO()))
