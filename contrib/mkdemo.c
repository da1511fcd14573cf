/*
 * mkdemo: make a small machine-learning submission to try xzbundle on.
 *
 * usage: mkdemo DIR
 *
 * DIR is created; a DIR that exists has to be empty.  These files go in it,
 * 5 MB in all, the same bytes on every machine:
 *
 *	int6.safetensors	int8 matrices of values -32 to 31, a float16
 *				scale a row, float32 vectors
 *	ternary.safetensors	int8 matrices of -1, 0 and 1, a float16 scale
 *				for every 128 values, float32 vectors
 *	bf16.safetensors	bfloat16 matrices, float32 vectors
 *	train_gpt.py, eval.py	numpy code that runs the three
 *	tokenizer.json		4,096 unigram pieces with scores
 *	config.json, README.md	the sizes, and what there is
 *
 * Only integers are computed with.  A bell-shaped value is a sum of uniform
 * ones from splitmix64, and each tensor has a seed of its own, made of its
 * file's name and its own.  So neither a libm nor a compiler's floating point
 * nor the order of the tensors can change a byte.
 *
 * Exit status: 0 done, 1 an error, which is on stderr, 2 usage.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <sys/stat.h>
#include <sys/types.h>

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The sizes in config.json: change both or neither. */
#define VOCAB		4096
#define WIDTH		192
#define CONTEXT		256
#define GROUP		128	/* ternary values that share a scale */

#define TENSORS_MAX	64
#define NAME_SIZE	48
#define PATH_SIZE	4096
#define HEADER_SIZE	16384	/* TENSORS_MAX entries of 256 bytes */

/* A file being written.  The first error is told, the others kept quiet. */
struct out {
	FILE *file;
	char path[PATH_SIZE];
	bool failed;
};

/* The generator of one tensor's elements. */
struct gen {
	uint64_t state;		/* of splitmix64 */
	int64_t spread;		/* of this row, 1 = 2^16 */
};

/* What a tensor's elements are. */
enum fill {
	FILL_INT6,
	FILL_TERNARY,
	FILL_SCALE,
	FILL_BF16,
	FILL_GAIN,
	FILL_BIAS
};

struct tensor {
	char name[NAME_SIZE];
	enum fill fill;
	uint32_t rows;
	uint32_t cols;		/* 0: a vector, its shape is [rows] */
};

struct tensors {
	struct tensor list[TENSORS_MAX];
	size_t count;
};

/* A matrix (cols > 0) or a vector of one layer of the model. */
struct part {
	const char *name;
	enum fill fill;		/* of a vector */
	uint32_t rows;
	uint32_t cols;
};

struct checkpoint {
	const char *file;
	enum fill fill;		/* of the matrices */
	uint32_t factor;	/* columns of the embedding */
	uint32_t layers;
};

/* A binary floating-point format: fields from the sign down. */
struct float_format {
	uint32_t exponent_bits;
	uint32_t fraction_bits;
};

static const struct float_format FLOAT16 = { 5, 10 };
static const struct float_format BFLOAT16 = { 8, 7 };
static const struct float_format FLOAT32 = { 8, 23 };

static const struct checkpoint checkpoints[] = {
	{ "int6.safetensors", FILL_INT6, 192, 3 },
	{ "ternary.safetensors", FILL_TERNARY, 32, 2 },
	{ "bf16.safetensors", FILL_BF16, 64, 1 },
};

static const struct part layer_parts[] = {
	{ "norm1", FILL_GAIN, WIDTH, 0 },
	{ "attn.qkv", FILL_BIAS, 3 * WIDTH, WIDTH },
	{ "attn.proj", FILL_BIAS, WIDTH, WIDTH },
	{ "norm2", FILL_GAIN, WIDTH, 0 },
	{ "mlp.fc", FILL_BIAS, 4 * WIDTH, WIDTH },
	{ "mlp.fc.bias", FILL_BIAS, 4 * WIDTH, 0 },
	{ "mlp.out", FILL_BIAS, WIDTH, 4 * WIDTH },
	{ "mlp.out.bias", FILL_BIAS, WIDTH, 0 },
};

/* train_gpt.py, a line a string. */
static const char *const train_gpt_py[] = {
	"#!/usr/bin/env python3",
	"'''A small GPT in numpy: model, checkpoints, quantisers, calibration.",
	"",
	"A checkpoint is a safetensors file.  A matrix in it has one of three",
	"forms, told apart by names and types alone:",
	"",
	"    int6     NAME.q int8 in [-32, 31], NAME.scale float16 a row",
	"    ternary  NAME.q int8 in {-1, 0, 1}, NAME.scale float16 a group",
	"    bf16     NAME bfloat16",
	"",
	"Vectors are float32 in all of them.  Matrices are (out, in).",
	"'''",
	"import argparse",
	"import json",
	"import math",
	"import pathlib",
	"import struct",
	"",
	"import numpy as np",
	"",
	"HERE = pathlib.Path(__file__).resolve().parent",
	"GROUP = 128",
	"TYPES = {'I8': 'i1', 'F16': '<f2', 'BF16': '<u2', 'F32': '<f4'}",
	"",
	"",
	"class Config:",
	"    '''The sizes in config.json, and the checkpoint they are of.'''",
	"",
	"    def __init__(self, name, path=HERE / 'config.json'):",
	"        table = json.loads(path.read_text())",
	"        if name not in table['checkpoints']:",
	"            raise SystemExit(f'no checkpoint {name} in {path}')",
	"        chosen = table['checkpoints'][name]",
	"        self.name = name",
	"        self.path = path.parent / chosen['file']",
	"        self.layers = chosen['layers']",
	"        self.factor = chosen['factor']",
	"        self.vocab = table['vocab']",
	"        self.width = table['width']",
	"        self.heads = table['heads']",
	"        self.context = table['context']",
	"",
	"",
	"def read_safetensors(path):",
	"    '''Return {name: (dtype, array)} of every tensor in a file.'''",
	"    blob = path.read_bytes()",
	"    size, = struct.unpack_from('<Q', blob)",
	"    header = json.loads(blob[8:8 + size])",
	"    tensors = {}",
	"    for name, entry in header.items():",
	"        if name == '__metadata__':",
	"            continue",
	"        begin, end = (8 + size + n for n in entry['data_offsets'])",
	"        flat = np.frombuffer(blob[begin:end], TYPES[entry['dtype']])",
	"        tensors[name] = entry['dtype'], flat.reshape(entry['shape'])",
	"    return tensors",
	"",
	"",
	"def write_safetensors(path, tensors):",
	"    '''Write {name: (dtype, array)}; the header is padded to 8.'''",
	"    header, blobs, at = {}, [], 0",
	"    for name, (dtype, array) in tensors.items():",
	"        blob = np.ascontiguousarray(array, TYPES[dtype]).tobytes()",
	"        header[name] = {",
	"            'dtype': dtype,",
	"            'shape': list(array.shape),",
	"            'data_offsets': [at, at + len(blob)],",
	"        }",
	"        blobs.append(blob)",
	"        at += len(blob)",
	"    text = json.dumps(header, separators=(',', ':')).encode()",
	"    text += b' ' * (-len(text) % 8)",
	"    with open(path, 'wb') as out:",
	"        out.write(struct.pack('<Q', len(text)) + text)",
	"        out.writelines(blobs)",
	"",
	"",
	"def quantise_int6(w):",
	"    '''Round each row to 64 steps; one float16 step a row.'''",
	"    step = np.maximum(w.std(axis=1, keepdims=True) * 0.4, 1e-6)",
	"    q = np.clip(np.rint(w / step), -32, 31).astype(np.int8)",
	"    return q, step.astype('<f2').reshape(-1)",
	"",
	"",
	"def quantise_ternary(w):",
	"    '''Round to -1, 0, 1 in groups of GROUP along the flat matrix.'''",
	"    groups = w.reshape(-1, GROUP)",
	"    step = np.abs(groups).mean(axis=1, keepdims=True) + 1e-6",
	"    q = np.clip(np.rint(groups / step), -1, 1).astype(np.int8)",
	"    return q.reshape(w.shape), step.astype('<f2').reshape(-1)",
	"",
	"",
	"def quantise_bf16(w):",
	"    '''Keep the upper half of each float32.'''",
	"    return (w.astype('<f4').view('<u4') >> 16).astype('<u2')",
	"",
	"",
	"QUANTISERS = {'int6': quantise_int6, 'ternary': quantise_ternary}",
	"",
	"",
	"def dequantise(tensors, name):",
	"    '''Return a matrix or vector as float32, whatever its form.'''",
	"    if name in tensors:",
	"        dtype, array = tensors[name]",
	"        if dtype == 'BF16':",
	"            return (array.astype('<u4') << 16).view('<f4')",
	"        return array.astype(np.float32)",
	"    q = tensors[name + '.q'][1].astype(np.float32)",
	"    scale = tensors[name + '.scale'][1].astype(np.float32)",
	"    if scale.size == q.shape[0]:",
	"        return q * scale[:, None]",
	"    return (q.reshape(-1, GROUP) * scale[:, None]).reshape(q.shape)",
	"",
	"",
	"def rms_norm(x, gain, eps=1e-6):",
	"    mean = np.mean(x * x, axis=-1, keepdims=True)",
	"    return x / np.sqrt(mean + eps) * gain",
	"",
	"",
	"def gelu(x):",
	"    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)",
	"    return 0.5 * x * (1 + np.tanh(inner))",
	"",
	"",
	"def softmax(x):",
	"    e = np.exp(x - x.max(axis=-1, keepdims=True))",
	"    return e / e.sum(axis=-1, keepdims=True)",
	"",
	"",
	"class Block:",
	"    '''Attention and a two-layer perceptron, each behind a norm.'''",
	"",
	"    def __init__(self, tensors, prefix, heads):",
	"        def get(name):",
	"            return dequantise(tensors, prefix + name)",
	"",
	"        self.heads = heads",
	"        self.norm1, self.norm2 = get('norm1'), get('norm2')",
	"        self.qkv, self.proj = get('attn.qkv'), get('attn.proj')",
	"        self.fc, self.fc_bias = get('mlp.fc'), get('mlp.fc.bias')",
	"        self.out, self.out_bias = get('mlp.out'), get('mlp.out.bias')",
	"",
	"    def attend(self, x):",
	"        length, width = x.shape",
	"        qkv = (x @ self.qkv.T).reshape(length, 3, self.heads, -1)",
	"        q, k, v = qkv.transpose(1, 2, 0, 3)",
	"        score = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])",
	"        future = np.triu(np.ones((length, length), bool), 1)",
	"        score = np.where(future, np.float32(-1e9), score)",
	"        mixed = (softmax(score) @ v).transpose(1, 0, 2)",
	"        return mixed.reshape(length, width) @ self.proj.T",
	"",
	"    def __call__(self, x):",
	"        x = x + self.attend(rms_norm(x, self.norm1))",
	"        hidden = rms_norm(x, self.norm2) @ self.fc.T + self.fc_bias",
	"        return x + gelu(hidden) @ self.out.T + self.out_bias",
	"",
	"",
	"class GPT:",
	"    '''Token ids to logits, with a factored and tied embedding.'''",
	"",
	"    def __init__(self, config, tensors=None):",
	"        if tensors is None:",
	"            tensors = read_safetensors(config.path)",
	"        self.config = config",
	"        self.embed = dequantise(tensors, 'embed')",
	"        self.up = dequantise(tensors, 'up')",
	"        self.pos = dequantise(tensors, 'pos')",
	"        self.norm = dequantise(tensors, 'norm')",
	"        self.bias = np.zeros(config.vocab, np.float32)",
	"        self.blocks = [",
	"            Block(tensors, f'blocks.{i}.', config.heads)",
	"            for i in range(config.layers)",
	"        ]",
	"",
	"    def hidden(self, ids):",
	"        ids = np.asarray(ids)[-self.config.context:]",
	"        x = self.embed[ids] @ self.up.T + self.pos[:len(ids)]",
	"        for block in self.blocks:",
	"            x = block(x)",
	"        return rms_norm(x, self.norm)",
	"",
	"    def logits(self, ids):",
	"        down = self.hidden(ids) @ self.up",
	"        return down @ self.embed.T + self.bias",
	"",
	"    def log_probs(self, ids):",
	"        z = self.logits(ids)",
	"        z = z - z.max(axis=-1, keepdims=True)",
	"        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))",
	"",
	"",
	"def calibrate(model, batches, rate=0.5):",
	"    '''Fit the output bias by gradient descent; return the losses.'''",
	"    losses = []",
	"    for ids in batches:",
	"        targets = np.asarray(ids[1:])",
	"        rows = np.arange(len(targets))",
	"        log_p = model.log_probs(ids[:-1])",
	"        losses.append(float(-log_p[rows, targets].mean()))",
	"        gradient = np.exp(log_p)",
	"        gradient[rows, targets] -= 1",
	"        model.bias -= rate * gradient.mean(axis=0)",
	"    return losses",
	"",
	"",
	"def convert(config, form, path):",
	"    '''Write the chosen checkpoint again in another form.'''",
	"    source, result = read_safetensors(config.path), {}",
	"    names = dict.fromkeys(",
	"        n.removesuffix('.q').removesuffix('.scale') for n in source)",
	"    for name in names:",
	"        w = dequantise(source, name)",
	"        if w.ndim == 1:",
	"            result[name] = 'F32', w",
	"        elif form == 'bf16':",
	"            result[name] = 'BF16', quantise_bf16(w)",
	"        else:",
	"            q, scale = QUANTISERS[form](w)",
	"            result[name + '.q'] = 'I8', q",
	"            result[name + '.scale'] = 'F16', scale",
	"    write_safetensors(path, result)",
	"",
	"",
	"def main():",
	"    about = __doc__.split('.')[0]",
	"    parser = argparse.ArgumentParser(description=about)",
	"    parser.add_argument('--checkpoint', default='int6')",
	"    parser.add_argument('--form', choices=[*QUANTISERS, 'bf16'])",
	"    parser.add_argument('--output', type=pathlib.Path)",
	"    parser.add_argument('--steps', type=int, default=4)",
	"    parser.add_argument('--seed', type=int, default=1337)",
	"    args = parser.parse_args()",
	"    config = Config(args.checkpoint)",
	"    if args.form and args.output:",
	"        convert(config, args.form, args.output)",
	"        return",
	"    rng = np.random.default_rng(args.seed)",
	"    ids = rng.zipf(1.4, (args.steps, 65)) % config.vocab",
	"    for step, loss in enumerate(calibrate(GPT(config), ids)):",
	"        print(f'step {step} loss {loss:.4f}')",
	"",
	"",
	"if __name__ == '__main__':",
	"    main()",
};

/* eval.py, a line a string. */
static const char *const eval_py[] = {
	"#!/usr/bin/env python3",
	"'''Score a checkpoint in bits per byte, or continue a prompt.",
	"",
	"    eval.py score [--checkpoint NAME] [FILE...]",
	"    eval.py sample [--checkpoint NAME] [--draft NAME] PROMPT",
	"",
	"Scores README.md when no FILE is named.  With --draft a smaller",
	"checkpoint proposes tokens and the larger one keeps or replaces them,",
	"so that the text is distributed as if the larger one had written it.",
	"'''",
	"import argparse",
	"import json",
	"import math",
	"import pathlib",
	"import sys",
	"import time",
	"",
	"import numpy as np",
	"",
	"from train_gpt import GPT, HERE, Config, softmax",
	"",
	"SPACE = chr(0x2581)",
	"BOS = 1",
	"",
	"",
	"class Tokenizer:",
	"    '''Unigram pieces, best path by score, bytes as the fallback.'''",
	"",
	"    def __init__(self, path=HERE / 'tokenizer.json'):",
	"        table = json.loads(path.read_text(encoding='utf-8'))",
	"        pieces = table['model']['vocab']",
	"        self.pieces = [piece for piece, _ in pieces]",
	"        self.index = {p: (i, s) for i, (p, s) in enumerate(pieces)}",
	"        self.longest = max(len(piece) for piece in self.pieces)",
	"        self.byte0 = self.index['<0x00>'][0]",
	"        self.byte_cost = table['model']['byte_score']",
	"",
	"    def step(self, text, begin, end):",
	"        '''Score and ids of text[begin:end], None if not a piece.'''",
	"        found = self.index.get(text[begin:end])",
	"        if found is not None and not found[0] < self.byte0 + 256:",
	"            return found[1], [found[0]]",
	"        if end - begin > 1:",
	"            return None",
	"        raw = text[begin:end].encode('utf-8')",
	"        ids = [self.byte0 + b for b in raw]",
	"        return self.byte_cost * len(raw), ids",
	"",
	"    def encode(self, text):",
	"        text = SPACE + text.replace(' ', SPACE)",
	"        best = [(0.0, 0, [])]",
	"        for end in range(1, len(text) + 1):",
	"            choice = None",
	"            for begin in range(max(0, end - self.longest), end):",
	"                move = self.step(text, begin, end)",
	"                if move is None:",
	"                    continue",
	"                score = best[begin][0] + move[0]",
	"                if choice is None or score > choice[0]:",
	"                    choice = score, begin, move[1]",
	"            best.append(choice)",
	"        parts, at = [], len(text)",
	"        while at > 0:",
	"            parts.append(best[at][2])",
	"            at = best[at][1]",
	"        return [i for part in reversed(parts) for i in part]",
	"",
	"    def decode(self, ids):",
	"        raw = bytearray()",
	"        for i in ids:",
	"            if self.byte0 <= i < self.byte0 + 256:",
	"                raw.append(i - self.byte0)",
	"            elif i >= self.byte0 + 256:",
	"                raw += self.pieces[i].encode('utf-8')",
	"        text = raw.decode('utf-8', 'replace')",
	"        return text.replace(SPACE, ' ').removeprefix(' ')",
	"",
	"",
	"def windows(ids, context, stride):",
	"    '''Yield (slice of ids, first position that counts in it).'''",
	"    begin = 0",
	"    while True:",
	"        part = ids[begin:begin + context]",
	"        first = 1 if begin == 0 else context - stride",
	"        yield part, first",
	"        if begin + context >= len(ids):",
	"            return",
	"        begin += stride",
	"",
	"",
	"def score(model, tokenizer, text, stride=None):",
	"    '''Return (bits, tokens, bytes) of a text under a model.'''",
	"    context = model.config.context",
	"    stride = stride or context // 2",
	"    ids = [BOS] + tokenizer.encode(text)",
	"    bits, tokens = 0.0, 0",
	"    for part, first in windows(ids, context, stride):",
	"        if len(part) <= first:",
	"            continue",
	"        log_p = model.log_probs(part[:-1])",
	"        rows = np.arange(first - 1, len(part) - 1)",
	"        picked = log_p[rows, np.asarray(part[first:])]",
	"        bits -= float(picked.sum()) / math.log(2)",
	"        tokens += len(rows)",
	"    return bits, tokens, len(text.encode('utf-8'))",
	"",
	"",
	"def top_p(probs, p):",
	"    '''Zero the tail beyond mass p and scale the rest to one.'''",
	"    order = np.argsort(-probs, kind='stable')",
	"    mass = np.cumsum(probs[order])",
	"    keep = order[:int(np.searchsorted(mass, p)) + 1]",
	"    result = np.zeros_like(probs)",
	"    result[keep] = probs[keep]",
	"    return result / result.sum()",
	"",
	"",
	"def next_probs(model, ids, args):",
	"    z = model.logits(ids)[-1] / max(args.temperature, 1e-3)",
	"    return top_p(softmax(z.astype(np.float64)), args.top_p)",
	"",
	"",
	"def sample_plain(model, ids, args, rng):",
	"    for _ in range(args.tokens):",
	"        probs = next_probs(model, ids, args)",
	"        ids.append(int(rng.choice(len(probs), p=probs)))",
	"    return ids",
	"",
	"",
	"def sample_draft(model, draft, ids, args, rng):",
	"    '''Speculative sampling, args.ahead proposals at a time.'''",
	"    goal = len(ids) + args.tokens",
	"    kept = asked = 0",
	"    while len(ids) < goal:",
	"        trial, guesses = list(ids), []",
	"        for _ in range(args.ahead):",
	"            probs = next_probs(draft, trial, args)",
	"            guesses.append(probs)",
	"            trial.append(int(rng.choice(len(probs), p=probs)))",
	"        for q in guesses:",
	"            p = next_probs(model, ids, args)",
	"            token = trial[len(ids)]",
	"            asked += 1",
	"            if rng.random() * q[token] <= p[token]:",
	"                kept += 1",
	"                ids.append(token)",
	"                continue",
	"            rest = np.maximum(p - q, 0)",
	"            rest = rest / rest.sum() if rest.sum() > 0 else p",
	"            ids.append(int(rng.choice(len(rest), p=rest)))",
	"            break",
	"    print(f'kept {kept} of {asked} proposals', file=sys.stderr)",
	"    return ids[:goal]",
	"",
	"",
	"def do_score(args):",
	"    model, tokenizer = GPT(Config(args.checkpoint)), Tokenizer()",
	"    total_bits = total_bytes = 0",
	"    for path in args.files or [HERE / 'README.md']:",
	"        text = path.read_text(encoding='utf-8')",
	"        begin = time.monotonic()",
	"        bits, tokens, size = score(model, tokenizer, text)",
	"        spent = time.monotonic() - begin",
	"        rate = bits / max(size, 1)",
	"        print(f'{path.name}: {size} bytes, {tokens} tokens, '",
	"              f'{rate:.4f} bits per byte, {spent:.2f} s')",
	"        total_bits += bits",
	"        total_bytes += size",
	"    print(f'total: {total_bits / max(total_bytes, 1):.4f}')",
	"",
	"",
	"def do_sample(args):",
	"    tokenizer, rng = Tokenizer(), np.random.default_rng(args.seed)",
	"    model = GPT(Config(args.checkpoint))",
	"    ids = [BOS] + tokenizer.encode(args.prompt)",
	"    if args.draft:",
	"        draft = GPT(Config(args.draft))",
	"        ids = sample_draft(model, draft, ids, args, rng)",
	"    else:",
	"        ids = sample_plain(model, ids, args, rng)",
	"    print(tokenizer.decode(ids))",
	"",
	"",
	"def parse():",
	"    about = __doc__.split('.')[0]",
	"    parser = argparse.ArgumentParser(description=about)",
	"    verbs = parser.add_subparsers(dest='verb', required=True)",
	"    one = verbs.add_parser('score', help='bits per byte of files')",
	"    one.add_argument('files', nargs='*', type=pathlib.Path)",
	"    two = verbs.add_parser('sample', help='continue a prompt')",
	"    two.add_argument('prompt')",
	"    two.add_argument('--draft')",
	"    two.add_argument('--tokens', type=int, default=32)",
	"    two.add_argument('--ahead', type=int, default=4)",
	"    two.add_argument('--temperature', type=float, default=0.8)",
	"    two.add_argument('--top-p', type=float, default=0.95)",
	"    two.add_argument('--seed', type=int, default=1337)",
	"    for verb, run in ((one, do_score), (two, do_sample)):",
	"        verb.add_argument('--checkpoint', default='int6')",
	"        verb.set_defaults(run=run)",
	"    return parser.parse_args()",
	"",
	"",
	"if __name__ == '__main__':",
	"    arguments = parse()",
	"    arguments.run(arguments)",
};

/* config.json, a line a string. */
static const char *const config_json[] = {
	"{",
	"  \"model_type\": \"demo-gpt\",",
	"  \"vocab\": 4096,",
	"  \"width\": 192,",
	"  \"heads\": 6,",
	"  \"context\": 256,",
	"  \"activation\": \"gelu\",",
	"  \"norm\": \"rms\",",
	"  \"tie_embedding\": true,",
	"  \"tokenizer\": \"tokenizer.json\",",
	"  \"checkpoints\": {",
	"    \"int6\": {",
	"      \"file\": \"int6.safetensors\",",
	"      \"layers\": 3,",
	"      \"factor\": 192,",
	"      \"scale\": \"row\"",
	"    },",
	"    \"ternary\": {",
	"      \"file\": \"ternary.safetensors\",",
	"      \"layers\": 2,",
	"      \"factor\": 32,",
	"      \"scale\": \"group of 128\"",
	"    },",
	"    \"bf16\": {",
	"      \"file\": \"bf16.safetensors\",",
	"      \"layers\": 1,",
	"      \"factor\": 64,",
	"      \"scale\": null",
	"    }",
	"  }",
	"}",
};

/* README.md, a line a string. */
static const char *const readme_md[] = {
	"# A demonstration submission",
	"",
	"Three checkpoints of one small GPT, the code that runs them and its",
	"tokenizer.  The weights are pseudo-random numbers with the shape of",
	"trained ones: they are here to be packed, not to write good prose.",
	"",
	"| checkpoint | layers | matrices | scales |",
	"| --- | --- | --- | --- |",
	"| `int6.safetensors` | 3 | int8, values -32 to 31 | float16 a row |",
	"| `ternary.safetensors` | 2 | int8, values -1, 0, 1 | float16 a 128 |",
	"| `bf16.safetensors` | 1 | bfloat16 | none |",
	"",
	"## Use",
	"",
	"    python3 eval.py score --checkpoint int6 README.md",
	"    python3 eval.py sample --draft ternary 'Once upon a time'",
	"    python3 train_gpt.py --checkpoint bf16 --steps 8",
	"",
	"It needs Python 3.9 or newer and numpy, and nothing from a network.",
	"",
	"## Files",
	"",
	"- `train_gpt.py`: the model, reading and writing of checkpoints, the",
	"  quantisers, and calibration of the output bias.",
	"- `eval.py`: bits per byte of text files, sampling, and speculative",
	"  sampling with a smaller checkpoint as the draft.",
	"- `config.json`: the sizes of the model and of its checkpoints.",
	"- `tokenizer.json`: 4,096 unigram pieces with scores, 256 of them",
	"  single bytes.",
};

/*
 * Files
 */

/* Say on stderr what is wrong with o, unless something was before. */
static void
out_fail(struct out *o, int error)
{

	if (!o->failed)
		fprintf(stderr, "mkdemo: %s: %s\n", o->path, strerror(error));
	o->failed = true;
}

/* Create dir/name for writing. */
static bool
out_open(struct out *o, const char *dir, const char *name)
{
	int len;

	memset(o, 0, sizeof(*o));
	len = snprintf(o->path, sizeof(o->path), "%s/%s", dir, name);
	if (len < 0 || (size_t)len >= sizeof(o->path)) {
		out_fail(o, ENAMETOOLONG);
		return (false);
	}
	o->file = fopen(o->path, "wbx");
	if (o->file == NULL)
		out_fail(o, errno);
	return (!o->failed);
}

static void
out_write(struct out *o, const void *data, size_t size)
{

	if (!o->failed && fwrite(data, 1, size, o->file) != size)
		out_fail(o, errno);
}

static void __attribute__((format(printf, 2, 3)))
out_printf(struct out *o, const char *format, ...)
{
	va_list ap;
	int len;

	if (o->failed)
		return;
	va_start(ap, format);
	len = vfprintf(o->file, format, ap);
	va_end(ap);
	if (len < 0)
		out_fail(o, errno);
}

/* Write the low size bytes of value, the lowest first. */
static void
out_little(struct out *o, uint64_t value, size_t size)
{
	unsigned char bytes[8];
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = (unsigned char)(value >> (8 * i) & 0xff);
	out_write(o, bytes, size);
}

/* Close o; true when all of it was written. */
static bool
out_close(struct out *o)
{

	if (fclose(o->file) != 0)
		out_fail(o, errno);
	return (!o->failed);
}

/* Write dir/name, an array of lines. */
static bool
write_lines(const char *dir, const char *name, const char *const *lines,
    size_t count)
{
	struct out o;
	size_t i;

	if (!out_open(&o, dir, name))
		return (false);
	for (i = 0; i < count; i++)
		out_printf(&o, "%s\n", lines[i]);
	return (out_close(&o));
}

/*
 * Numbers
 */

/* The next 64 bits of splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t
gen_next(struct gen *g)
{
	uint64_t z;

	g->state += UINT64_C(0x9e3779b97f4a7c15);
	z = g->state;
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31);
}

/* Seed g by the FNV-1a hash of "file/tensor". */
static void
gen_seed(struct gen *g, const char *file, const char *tensor)
{
	const char *const parts[] = { file, "/", tensor };
	const char *p;
	size_t i;

	g->state = UINT64_C(0xcbf29ce484222325);
	g->spread = 65536;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (p = parts[i]; *p != '\0'; p++) {
			g->state ^= (unsigned char)*p;
			g->state *= UINT64_C(0x100000001b3);
		}
	}
}

/*
 * A bell-shaped value: the sum of eight uniform ones of [-0.5, 0.5), where 1
 * is 2^32.  The standard deviation is sqrt(8/12) = 0.816, the range [-4, 4).
 */
static int64_t
gen_bell(struct gen *g)
{
	int64_t sum = 0;
	uint64_t r;
	int i;

	for (i = 0; i < 4; i++) {
		r = gen_next(g);
		sum += (int64_t)(r >> 32) + (int64_t)(r & UINT32_MAX);
	}
	return (sum - 4 * (int64_t)UINT32_MAX);
}

/* gen_bell with one value in 64 made three times as large: real tails. */
static int64_t
gen_tailed(struct gen *g)
{
	int64_t value = gen_bell(g);

	return (gen_next(g) % 64 == 0 ? 3 * value : value);
}

/* Draw the spread of the next row: 1 give or take a fifth, at least 0.2. */
static void
gen_row(struct gen *g)
{

	g->spread = 65536 + gen_bell(g) / 65536 / 5;
}

/*
 * The bits of value * 2^-48 in a floating-point format, cut off rather than
 * rounded; below the least normal number it is 0.  |value| < 2^63.  So value
 * 3 * 2^47 (1.5) in FLOAT16 is 0x3e00.
 */
static uint32_t
float_bits(int64_t value, const struct float_format *format)
{
	uint32_t exponent, fraction, result, top = 0;
	uint64_t size = (uint64_t)(value < 0 ? -value : value);
	uint32_t bias = (UINT32_C(1) << (format->exponent_bits - 1)) - 1;

	result = value < 0 ? 1 : 0;
	result <<= format->exponent_bits + format->fraction_bits;
	while (size >> top > 1)
		top++;
	if (size == 0 || top + bias <= 48)
		return (result);
	exponent = top + bias - 48;
	size ^= UINT64_C(1) << top;
	if (top >= format->fraction_bits)
		fraction = (uint32_t)(size >> (top - format->fraction_bits));
	else
		fraction = (uint32_t)(size << (format->fraction_bits - top));
	return (result | exponent << format->fraction_bits | fraction);
}

/* An int8 of [-32, 31] with a standard deviation of 2.6 and a few far out. */
static uint32_t
next_int6(struct gen *g)
{
	const int64_t one = INT64_C(1) << 32;
	int64_t value = gen_tailed(g) * 3;

	value = (value < 0 ? value - one / 2 : value + one / 2) / one;
	if (value < -32)
		value = -32;
	if (value > 31)
		value = 31;
	return ((uint32_t)(value + 256) & 0xff);
}

/* An int8 of -1, 0 and 1; two of five are 0. */
static uint32_t
next_ternary(struct gen *g)
{
	static const uint32_t values[] = { 0, 0, 1, 0xff };
	uint64_t r = gen_next(g) >> 32;

	if (r < UINT64_C(1717986918))		/* 2^32 * 2 / 5 */
		return (values[r & 1]);
	return (values[2 + (r & 1)]);
}

/* A float16 about 0.008, give or take a tenth of it. */
static uint32_t
next_scale(struct gen *g)
{
	int64_t value = (INT64_C(1) << 32) + gen_bell(g) / 8;

	return (float_bits((value >> 16) * (INT64_C(1) << 25), &FLOAT16));
}

/* A bfloat16 with a standard deviation about 0.02, by the row. */
static uint32_t
next_bf16(struct gen *g)
{
	int64_t value = gen_tailed(g) / 40 * (g->spread / 8);

	return (float_bits(value * 8, &BFLOAT16));
}

/* A float32 about 1. */
static uint32_t
next_gain(struct gen *g)
{

	return (float_bits((INT64_C(1) << 48) + gen_bell(g) * 4096, &FLOAT32));
}

/* A float32 about 0. */
static uint32_t
next_bias(struct gen *g)
{

	return (float_bits(gen_tailed(g) * 1024, &FLOAT32));
}

/*
 * Tensors
 */

/* By enum fill. */
static const struct {
	const char *dtype;
	uint32_t element_size;
	uint32_t (*next)(struct gen *);
} fills[] = {
	{ "I8", 1, next_int6 },
	{ "I8", 1, next_ternary },
	{ "F16", 2, next_scale },
	{ "BF16", 2, next_bf16 },
	{ "F32", 4, next_gain },
	{ "F32", 4, next_bias },
};

/* The elements of t in a row, and the rows. */
static uint64_t
tensor_row(const struct tensor *t)
{

	return (t->cols > 0 ? t->cols : 1);
}

static uint64_t
tensor_size(const struct tensor *t)
{

	return (t->rows * tensor_row(t) * fills[t->fill].element_size);
}

/* Add one tensor, called name and suffix. */
static void
tensors_add(struct tensors *all, enum fill fill, const char *name,
    const char *suffix, uint32_t rows, uint32_t cols)
{
	struct tensor *t;

	assert(all->count < TENSORS_MAX);
	t = &all->list[all->count++];
	snprintf(t->name, sizeof(t->name), "%s%s", name, suffix);
	t->fill = fill;
	t->rows = rows;
	t->cols = cols;
}

/* Add a matrix in the form of a checkpoint: values, and scales if any. */
static void
tensors_matrix(struct tensors *all, enum fill fill, const char *name,
    uint32_t rows, uint32_t cols)
{
	uint32_t scales = fill == FILL_INT6 ? rows : rows * cols / GROUP;

	if (fill == FILL_BF16) {
		tensors_add(all, fill, name, "", rows, cols);
		return;
	}
	tensors_add(all, fill, name, ".q", rows, cols);
	tensors_add(all, FILL_SCALE, name, ".scale", scales, 0);
}

/* List the tensors of a checkpoint in the order of the file. */
static void
tensors_list(struct tensors *all, const struct checkpoint *c)
{
	char name[NAME_SIZE];
	const struct part *part;
	uint32_t layer;
	size_t i;

	all->count = 0;
	tensors_matrix(all, c->fill, "embed", VOCAB, c->factor);
	tensors_matrix(all, c->fill, "up", WIDTH, c->factor);
	tensors_matrix(all, c->fill, "pos", CONTEXT, WIDTH);
	for (layer = 0; layer < c->layers; layer++) {
		for (i = 0; i < sizeof(layer_parts) / sizeof(*part); i++) {
			part = &layer_parts[i];
			snprintf(name, sizeof(name), "blocks.%" PRIu32 ".%s",
			    layer, part->name);
			if (part->cols > 0)
				tensors_matrix(all, c->fill, name,
				    part->rows, part->cols);
			else
				tensors_add(all, part->fill, name, "",
				    part->rows, 0);
		}
	}
	tensors_add(all, FILL_GAIN, "norm", "", WIDTH, 0);
}

/* Put the JSON header of all into text, spaces up to a multiple of 8. */
static size_t
tensors_header(const struct tensors *all, char *text, size_t size)
{
	uint64_t begin = 0, end;
	const struct tensor *t;
	char shape[32];
	size_t i, len = 0;

	for (i = 0; i < all->count; i++) {
		t = &all->list[i];
		end = begin + tensor_size(t);
		if (t->cols > 0)
			snprintf(shape, sizeof(shape), "%" PRIu32 ",%" PRIu32,
			    t->rows, t->cols);
		else
			snprintf(shape, sizeof(shape), "%" PRIu32, t->rows);
		len += (size_t)snprintf(text + len, size - len,
		    "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],"
		    "\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}",
		    i == 0 ? "{" : ",", t->name, fills[t->fill].dtype, shape,
		    begin, end);
		begin = end;
	}
	text[len++] = '}';
	while (len % 8 != 0)
		text[len++] = ' ';
	return (len);
}

static void
tensor_write(struct out *o, const char *file, const struct tensor *t)
{
	struct gen g;
	uint64_t row, i;

	gen_seed(&g, file, t->name);
	for (row = 0; row < t->rows && !o->failed; row++) {
		gen_row(&g);
		for (i = 0; i < tensor_row(t); i++)
			out_little(o, fills[t->fill].next(&g),
			    fills[t->fill].element_size);
	}
}

/* Write one safetensors file. */
static bool
write_checkpoint(const char *dir, const struct checkpoint *c)
{
	char header[HEADER_SIZE];
	struct tensors all;
	struct out o;
	size_t i, len;

	tensors_list(&all, c);
	len = tensors_header(&all, header, sizeof(header));
	if (!out_open(&o, dir, c->file))
		return (false);
	out_little(&o, len, 8);
	out_write(&o, header, len);
	for (i = 0; i < all.count; i++)
		tensor_write(&o, c->file, &all.list[i]);
	return (out_close(&o));
}

/*
 * Tokenizer
 */

#define SYLLABLES	(14 * 5 * 6)

/*
 * Write syllable i of SYLLABLES: a consonant, a vowel and perhaps a final
 * consonant.  No string of syllables can be read in two ways.
 */
static void
write_syllable(struct out *o, uint32_t i)
{
	static const char finals[][2] = { "", "n", "r", "s", "l", "t" };

	out_printf(o, "%c%c%s", "bdfghklmnprstv"[i % 14], "aeiou"[i / 14 % 5],
	    finals[i / 70]);
}

/*
 * Write piece i of VOCAB: 3 marks, 256 bytes, every syllable, every syllable
 * at the start of a word (a U+2581 before it), then pairs of syllables picked
 * over the whole range by a step that shares no factor with their number.
 */
static void
write_piece(struct out *o, uint32_t i)
{
	static const char *const marks[] = { "<unk>", "<bos>", "<eos>" };
	uint32_t pair;

	if (i < 3) {
		out_printf(o, "%s", marks[i]);
	} else if (i < 259) {
		out_printf(o, "<0x%02" PRIX32 ">", i - 3);
	} else if (i < 259 + SYLLABLES) {
		write_syllable(o, i - 259);
	} else if (i < 259 + 2 * SYLLABLES) {
		out_printf(o, "\xe2\x96\x81");
		write_syllable(o, i - 259 - SYLLABLES);
	} else {
		pair = i * 7919 % (SYLLABLES * SYLLABLES);
		out_printf(o, "%s", i % 3 == 0 ? "" : "\xe2\x96\x81");
		write_syllable(o, pair / SYLLABLES);
		write_syllable(o, pair % SYLLABLES);
	}
}

/* Write tokenizer.json: scores fall, as a sorted vocabulary's do. */
static bool
write_tokenizer(const char *dir)
{
	struct gen g;
	struct out o;
	uint32_t i, score = 31000;	/* of a ten thousandth */

	if (!out_open(&o, dir, "tokenizer.json"))
		return (false);
	gen_seed(&g, "tokenizer.json", "scores");
	out_printf(&o, "{\n  \"version\": \"1.0\",\n  \"model\": {\n"
	    "    \"type\": \"Unigram\",\n    \"unk_id\": 0,\n"
	    "    \"byte_score\": -16,\n    \"vocab\": [\n");
	for (i = 0; i < VOCAB && !o.failed; i++) {
		out_printf(&o, "      [\"");
		write_piece(&o, i);
		if (i < 259)
			out_printf(&o, "\", 0]");
		else
			out_printf(&o, "\", -%" PRIu32 ".%04" PRIu32 "]",
			    score / 10000, score % 10000);
		out_printf(&o, i + 1 < VOCAB ? ",\n" : "\n");
		score += (uint32_t)(gen_next(&g) % (i < 1100 ? 100 : 20));
	}
	out_printf(&o, "    ]\n  }\n}\n");
	return (out_close(&o));
}

/*
 * Program
 */

/* Make dir, or see that it is there and empty. */
static bool
make_directory(const char *dir)
{
	const struct dirent *entry;
	bool empty = true;
	DIR *d = NULL;

	if (mkdir(dir, 0777) == 0)
		return (true);
	if (errno == EEXIST)
		d = opendir(dir);
	if (d == NULL)
		goto fail;
	errno = 0;
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			empty = false;
	}
	if (errno != 0) {
		closedir(d);
		goto fail;
	}
	closedir(d);
	if (!empty)
		fprintf(stderr, "mkdemo: %s: is not empty; name a directory "
		    "that is, or that is not there yet\n", dir);
	return (empty);
fail:
	fprintf(stderr, "mkdemo: %s: %s\n", dir, strerror(errno));
	return (false);
}

#define WRITE_LINES(dir, name, lines)					\
	write_lines(dir, name, lines, sizeof(lines) / sizeof((lines)[0]))

int
main(int argc, char **argv)
{
	const char *dir;
	bool ok = true;
	size_t i;

	if (argc != 2 || argv[1][0] == '-' || argv[1][0] == '\0') {
		fprintf(stderr, "usage: mkdemo DIR\n");
		return (2);
	}
	dir = argv[1];
	if (!make_directory(dir))
		return (1);
	for (i = 0; i < sizeof(checkpoints) / sizeof(checkpoints[0]); i++)
		ok = ok && write_checkpoint(dir, &checkpoints[i]);
	ok = ok && write_tokenizer(dir);
	ok = ok && WRITE_LINES(dir, "train_gpt.py", train_gpt_py);
	ok = ok && WRITE_LINES(dir, "eval.py", eval_py);
	ok = ok && WRITE_LINES(dir, "config.json", config_json);
	ok = ok && WRITE_LINES(dir, "README.md", readme_md);
	return (ok ? 0 : 1);
}
