"""Authlib in Flask, as its own guide has it; whoever comes is signed in and agrees.

usage: authlib_server.py PORT
"""

import os
import sys
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants, list_to_scope, scope_to_list
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, jsonify

PORT = int(sys.argv[1])
ISSUER = f"http://127.0.0.1:{PORT}"
CLIENTS, CODES, TOKENS = {}, {}, []
SCOPES = ["openid", "profile"]


class Person:
    def get_user_id(self):
        return "fjordhaus"


class Client(ClientMixin):
    def __init__(self, ids, metadata):
        self.ids, self.metadata = ids, metadata

    client_info = property(lambda self: self.ids)
    client_metadata = property(lambda self: self.metadata)

    def get_client_id(self):
        return self.ids["client_id"]

    def get_default_redirect_uri(self):
        return self.metadata["redirect_uris"][0]

    def get_allowed_scope(self, scope):
        return list_to_scope([word for word in scope_to_list(scope or "") if word in SCOPES])

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.metadata["redirect_uris"]

    def check_client_secret(self, client_secret):
        return client_secret == self.ids["client_secret"]

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in ("authorization_code", "refresh_token")


class Code:
    def __init__(self, code, request):
        payload = request.payload
        self.code, self.client_id = code, request.client.get_client_id()
        self.redirect_uri, self.scope = payload.redirect_uri, payload.scope
        self.code_challenge = payload.data.get("code_challenge")
        self.code_challenge_method = payload.data.get("code_challenge_method")

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def is_expired(self):
        return False


class Token(TokenMixin):
    def __init__(self, client_id, answer):
        self.client_id, self.made = client_id, time.time()
        self.access_token = answer["access_token"]
        self.refresh_token = answer.get("refresh_token")
        self.scope, self.life = answer.get("scope", ""), answer["expires_in"]
        self.revoked = False

    def check_client(self, client):
        return self.client_id == client.get_client_id()

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self.life

    def is_expired(self):
        return self.made + self.life < time.time()

    def is_revoked(self):
        return self.revoked

    def get_user(self):
        return Person()

    def get_client(self):
        return CLIENTS[self.client_id]


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def save_authorization_code(self, code, request):
        CODES[code] = Code(code, request)

    def query_authorization_code(self, code, client):
        found = CODES.get(code)
        return found if found and found.client_id == client.get_client_id() else None

    def delete_authorization_code(self, authorization_code):
        CODES.pop(authorization_code.code, None)

    def authenticate_user(self, authorization_code):
        return Person()


class RefreshTokenGrant(grants.RefreshTokenGrant):
    INCLUDE_NEW_REFRESH_TOKEN = True
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def authenticate_refresh_token(self, refresh_token):
        good = (t for t in TOKENS if t.refresh_token == refresh_token and not t.revoked)
        return next(good, None)

    def authenticate_user(self, refresh_token):
        return Person()

    def revoke_old_credential(self, refresh_token):
        refresh_token.revoked = True


class Revocation(RevocationEndpoint):
    def query_token(self, token_string, token_type_hint):
        named = (t for t in TOKENS if token_string in (t.access_token, t.refresh_token))
        return next(named, None)

    def revoke_token(self, token, request):
        token.revoked = True


class Registration(ClientRegistrationEndpoint):
    def authenticate_token(self, request):
        return "anybody"

    def get_server_metadata(self):
        return {}

    def save_client(self, client_info, client_metadata, request):
        client = Client(client_info, client_metadata)
        CLIENTS[client.get_client_id()] = client
        return client


class Bearer(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return next((t for t in TOKENS if t.access_token == token_string), None)


def save_token(answer, request):
    TOKENS.append(Token(request.client.get_client_id(), answer))


os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(app, query_client=CLIENTS.get, save_token=save_token)
server.register_grant(AuthorizationCodeGrant, [CodeChallenge(required=True)])
server.register_grant(RefreshTokenGrant)
server.register_endpoint(Revocation)
server.register_endpoint(Registration)
require_oauth = ResourceProtector()
require_oauth.register_token_validator(Bearer())


@app.get("/.well-known/oauth-authorization-server")
def metadata():
    return jsonify(issuer=ISSUER, registration_endpoint=f"{ISSUER}/oauth/register")


@app.get("/oauth/authorize")
def authorize():
    grant = server.get_consent_grant(end_user=Person())
    return server.create_authorization_response(grant=grant, grant_user=Person())


@app.post("/oauth/token")
def token():
    return server.create_token_response()


@app.post("/oauth/revoke")
def revoke():
    return server.create_endpoint_response(Revocation.ENDPOINT_NAME)


@app.post("/oauth/register")
def register():
    return server.create_endpoint_response(Registration.ENDPOINT_NAME)


@app.get("/api/account")
@require_oauth("openid")
def account():
    return jsonify(sub="fjordhaus", name="Fjordhaus")


app.run("127.0.0.1", PORT, threaded=True)
