"""A Milvus server of the tests' own: milvus-lite behind its network protocol, with what real servers may do wrong."""

import shutil
import threading
from base64 import b64encode
from concurrent import futures
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest

from index.store.address import MilvusAddress

ROWS = ("Insert", "Upsert", "Delete", "Flush", "DropCollection")
MAKING = ("CreateCollection", "CreateIndex", "LoadCollection")
_MADE = count()  # databases


class _Gate:
    """What stands before the server: a password, and a line that may be cut."""

    def __init__(self):
        import grpc

        self.user = ""  # user:password, if one is asked for
        self.left = None  # so many calls that write pass yet, then the line is cut
        self.counted = ROWS + MAKING
        self.calls = []  # the names of all calls that wrote
        gate, one_by_one = self, threading.Lock()

        class Interceptor(grpc.ServerInterceptor):
            def intercept_service(self, continuation, call):
                name = call.method.rpartition("/")[2]
                told = dict(call.invocation_metadata)
                if gate.user and told.get("authorization") != b64encode(gate.user.encode()).decode():
                    return _refusing(
                        grpc.StatusCode.UNAUTHENTICATED,
                        "auth check failure, please check username and password are correct",
                    )
                if name in gate.counted:
                    gate.calls.append(name)
                if gate.left is not None and (gate.left <= 0 or (name in gate.counted and gate._pass() < 0)):
                    return _refusing(grpc.StatusCode.UNAVAILABLE, "the line is cut")
                own = continuation(call)
                if name not in ROWS + MAKING or own is None:
                    return own

                def alone(request, context):
                    with one_by_one:  # milvus-lite may not be written by two at once, as a server may
                        return own.unary_unary(request, context)

                return grpc.unary_unary_rpc_method_handler(alone, own.request_deserializer, own.response_serializer)

        def _refusing(code, why):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: context.abort(code, why))

        self.interceptor = Interceptor()

    def _pass(self):
        self.left -= 1
        return self.left

    def open(self):
        """Let everybody and everything through again."""
        self.user, self.left, self.counted = "", None, ROWS + MAKING


@contextmanager
def milvus(folder):
    """A server that keeps its data in a folder: its address, and the gate before it."""
    pytest.importorskip("milvus_lite")
    import grpc
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from milvus_lite.db import MilvusLite
    from pymilvus.grpc_gen import milvus_pb2_grpc

    gate = _Gate()
    database = MilvusLite(str(folder))
    # A Milvus server allows the pings of pymilvus; gRPC alone hangs up on a client that pings during a long call.
    settings = [
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_send_message_length", -1),
        ("grpc.http2.max_ping_strikes", 0),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(8), options=settings, interceptors=[gate.interceptor])
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield MilvusAddress(f"http://127.0.0.1:{port}"), gate
    finally:
        server.stop(grace=0).wait()
        database.close()
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address):
    """The address of a new database of a server, with nothing in it."""
    from pymilvus import MilvusClient

    name = f"db{next(_MADE)}"
    client = MilvusClient(address.uri, user=address.user, password=address.password)
    client.create_database(name)
    client.close()
    return replace(address, database=name)
