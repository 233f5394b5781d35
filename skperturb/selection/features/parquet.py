"""Parquet: a column per feature, or one column of embeddings, as a matrix."""

from functools import partial
from itertools import chain

import numpy as np

from skperturb.selection.features.reader import FeatureReader

_BATCH = 4096  # rows decoded at once: a row group may hold millions


def open_parquet(path):
    """Open the features of a Parquet file; row groups are decoded when they are read."""
    _, _, parquet = _import_pyarrow()
    return FeatureReader(parquet.read_metadata(path).num_rows, partial(_read_matrix, path))


def read_column_names(path):
    """Return the names of the columns that are features, None of a column of lists."""
    _, _, parquet = _import_pyarrow()
    fields = _feature_fields(parquet.read_schema(path))
    return [field.name for field in fields] if _is_number(fields[0].type) else None


def _import_pyarrow():
    """Return pyarrow, its compute and its parquet module, or say how to install them."""
    try:
        import pyarrow
        from pyarrow import compute, parquet
    except ImportError as error:
        msg = "A Parquet file needs pyarrow; install it with `pip install skperturb[io]`."
        raise ImportError(msg) from error
    return pyarrow, compute, parquet


def _read_matrix(path, rows):
    """Return the given rows of a Parquet file in the order asked for, or all of them."""
    if rows is None:
        return _read_sorted(path, None)
    if not len(rows):  # how long the lists of a column are is only known from one
        return _read_sorted(path, slice(0, 1))[:0]
    ascending, positions = np.unique(rows, return_inverse=True)
    matrix = _read_sorted(path, ascending)
    return matrix if len(ascending) == len(rows) and _is_sorted(rows) else matrix[positions]


def _is_sorted(rows):
    return bool((rows[:-1] <= rows[1:]).all())


def _read_sorted(path, rows):
    """Return rows, ascending and each once, of a Parquet file.

    One column after the other, because each that is open holds a megabyte of its own.
    """
    _, _, parquet = _import_pyarrow()
    with parquet.ParquetFile(path, buffer_size=2**16, pre_buffer=False) as file:
        fields = _feature_fields(file.schema_arrow)
        groups, wanted = _find_row_groups(file, rows)
        n_rows = np.count_nonzero(wanted)
        columns = (_stack(_iter_column(file, field, groups, wanted), n_rows) for field in fields)
        if not _is_number(fields[0].type):
            return next(columns)
        dtype = np.result_type(*(field.type.to_pandas_dtype() for field in fields))
        matrix = np.empty((n_rows, len(fields)), dtype)
        for i, column in enumerate(columns):
            matrix = matrix.astype(np.result_type(matrix, column), copy=False)
            matrix[:, i] = column
    return matrix


def _feature_fields(schema):
    """Return the columns that are features: all but those that hold the index of pandas."""
    index = (schema.pandas_metadata or {}).get("index_columns", ())
    fields = [field for field in schema if field.name not in index]
    wrong = [field for field in fields if not _is_number(field.type)]
    if not fields or len({field.name for field in fields}) < len(fields):
        msg = f"it must have columns of different names, got {schema.names}"
        raise ValueError(msg)
    if wrong and not (len(fields) == 1 and _is_list_of_numbers(fields[0].type)):
        msg = (
            f"column {wrong[0].name!r} holds {wrong[0].type}; all columns must hold numbers, "
            "or the only one lists of numbers"
        )
        raise ValueError(msg)
    return fields


def _is_number(kind):
    types = _import_pyarrow()[0].types
    return types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)


def _is_list_of_numbers(kind):
    types = _import_pyarrow()[0].types
    checks = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    return any(check(kind) for check in checks) and _is_number(kind.value_type)


def _find_row_groups(file, rows):
    """Return the row groups with wanted rows, and which of their rows are wanted."""
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    wanted = np.full(sum(sizes), rows is None)
    if rows is not None:
        wanted[rows] = True
    by_group = np.split(wanted, np.cumsum(sizes, dtype=int))[:-1]
    groups = [i for i, in_group in enumerate(by_group) if in_group.any()]
    return groups, np.concatenate([wanted[:0], *(by_group[i] for i in groups)])


def _iter_column(file, field, groups, wanted):
    """Yield the wanted rows of one column as arrays, batch by batch, at least one."""
    pa, _, _ = _import_pyarrow()
    if not groups:
        yield _to_numpy(pa.array([], field.type))
        return
    # One thread: several files are read at once, and workers may have been forked.
    options = {"row_groups": groups, "columns": [field.name], "use_threads": False}
    start = 0
    for batch in file.iter_batches(_BATCH, **options):
        batch_wanted = wanted[start : start + batch.num_rows]
        start += batch.num_rows
        if batch_wanted.any():
            yield _to_numpy(batch.column(field.name).filter(pa.array(batch_wanted)))


def _to_numpy(column):
    """Return a column of numbers, or of lists as rows; a missing number becomes NaN."""
    _, compute, _ = _import_pyarrow()
    if _is_number(column.type):
        return column.to_numpy(zero_copy_only=False)
    lengths = compute.list_value_length(column).unique().to_pylist()
    _check_lengths(lengths)
    flat = compute.list_flatten(column).to_numpy(zero_copy_only=False)
    return flat.reshape(len(column), *(lengths or [0]))


def _stack(parts, n_rows):
    """Return arrays of `n_rows` rows together as one, without holding all of them twice."""
    first = next(parts)
    array, start = np.empty((n_rows, *first.shape[1:]), first.dtype), 0
    for part in chain([first], parts):
        _check_lengths({*array.shape[1:], *part.shape[1:]})
        array = array.astype(np.result_type(array, part), copy=False)
        array[start : start + len(part)] = part
        start += len(part)
    return array


def _check_lengths(lengths):
    if len(lengths) > 1 or None in lengths:
        found = ", ".join(sorted(map(str, lengths)))
        msg = f"its lists must be of one length, got {found}"
        raise ValueError(msg)
