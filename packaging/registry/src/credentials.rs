// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Credentials of docker's configuration, and the tokens that a registry gives for them
//! (docker's token authentication, which the OCI registries use).

use bpfsign_format::limits;
use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::secrets::RegistryAuth;
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use crate::{
    Client, Reason, Reference, Result,
    error::At,
    http::{self, Request},
};

/// What access a token is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    Pull,
    Push,
}

impl Scope {
    fn actions(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "pull,push",
        }
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Client {
    /// What the registry wants with each request for this repository: nothing, a name and a
    /// password, or a token, which this gets.
    pub(crate) async fn authenticate(
        &self,
        reference: &Reference,
        scope: Scope,
    ) -> Result<RegistryAuth> {
        let base = format!("{}://{}/v2/", reference.scheme(&self.options), reference.registry());
        let base = http::parse(&base, &self.options)?;
        let answer = self.http.answer(&base, Request::default()).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(RegistryAuth::Anonymous);
        }
        let Some(challenge) = answer.challenge() else {
            return Err(answer.into_error().await);
        };
        let known = configured(reference)?;
        match realm(challenge, reference, scope) {
            None => known.map_or(Ok(RegistryAuth::Anonymous), |(name, password)| {
                Ok(RegistryAuth::Basic(name, password))
            }),
            Some(realm) => self.token(&realm, known).await.map(RegistryAuth::Bearer),
        }
    }

    async fn token(&self, realm: &str, known: Option<(String, String)>) -> Result<String> {
        let url = http::parse(realm, &self.options)?;
        let basic =
            known.map(|(name, password)| http_auth::basic::encode_credentials(&name, &password));
        let request = Request { authorization: basic.as_deref(), ..Request::default() };
        let bytes = self.http.get(&url, request).await?.all(limits::MANIFEST_BYTES).await?;
        let token: Option<Token> = serde_json::from_slice(&bytes).ok();
        token
            .and_then(|t| t.token.or(t.access_token))
            .ok_or_else(|| Reason::Credentials("the server gives no token".to_owned()))
            .at(realm)
    }
}

/// The address of the token that a `Bearer` challenge asks for.
fn realm(challenge: &str, reference: &Reference, scope: Scope) -> Option<String> {
    let challenges = http_auth::parse_challenges(challenge).ok()?;
    let bearer = challenges.iter().find(|c| c.scheme.eq_ignore_ascii_case("bearer"))?;
    let parameter = |name: &str| {
        let found = bearer.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_unescaped())
    };
    let mut url = Url::parse(&parameter("realm")?).ok()?;
    let wanted = format!("repository:{}:{}", reference.0.repository(), scope.actions());
    url.query_pairs_mut().append_pair("scope", &wanted);
    if let Some(service) = parameter("service") {
        url.query_pairs_mut().append_pair("service", &service);
    }
    Some(url.into())
}

/// Name and password of docker's configuration, or of a helper that it names.
fn configured(reference: &Reference) -> Result<Option<(String, String)>> {
    let why = match docker_credential::get_credential(reference.registry()) {
        Ok(DockerCredential::UsernamePassword(name, password)) => {
            return Ok(Some((name, password)));
        }
        Ok(DockerCredential::IdentityToken(_)) => {
            "docker's configuration has an identity token, not a password".to_owned()
        }
        Err(
            CredentialRetrievalError::ConfigNotFound
            | CredentialRetrievalError::NoCredentialConfigured,
        ) => return Ok(None),
        // A helper's own words may hold a secret.
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => {
            format!("the helper {helper} failed")
        }
        Err(other) => other.to_string(),
    };
    Err(Reason::Credentials(why)).at(reference.registry())
}

/// The value of `Authorization` for a request.
pub(crate) fn header(auth: &RegistryAuth) -> Option<String> {
    match auth {
        RegistryAuth::Anonymous => None,
        RegistryAuth::Basic(name, password) => {
            Some(http_auth::basic::encode_credentials(name, password))
        }
        RegistryAuth::Bearer(token) => Some(format!("Bearer {token}")),
    }
}
