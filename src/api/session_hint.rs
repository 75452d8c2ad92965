//! What a refused session token is told. It says what to do about it, and of the deployment's own
//! settings only their names.

use crate::domain::{clerk::SessionFault, setting::Setting};

pub(super) fn session_hint(fault: SessionFault) -> String {
    let text = match fault {
        SessionFault::NotSetUp => {
            return format!(
                "Clerk isn't set up here: this deployment has no CLERK_JWT_KEY and takes API keys only (Authorization: Bearer rt_live_…). {}",
                Setting::Variable.place()
            );
        }
        SessionFault::TooLong => {
            "A credential with a dot is read as a Clerk session token, and those have at most 8192 bytes."
        }
        SessionFault::Malformed => {
            "A credential with a dot is read as a Clerk session token, and this isn't one: three parts of base64url with two dots between them, the first two JSON objects."
        }
        SessionFault::Algorithm => "A session token must be signed with RS256.",
        SessionFault::Kind => {
            "This is another kind of JWT than a session token, or uses an extension of the header. Send what Clerk's getToken() gives, without a template."
        }
        SessionFault::UnknownKey => {
            "No key in CLERK_JWT_KEY has the kid of this session token: it is from another Clerk instance, or the instance has new keys."
        }
        SessionFault::Signature => {
            "The signature of this session token isn't right: mistyped, cut off, changed, or from another Clerk instance than CLERK_JWT_KEY is of."
        }
        SessionFault::Claim(name) => {
            return format!(
                "This isn't a session token of Clerk's: the claim {name} is missing or isn't what Clerk writes there."
            );
        }
        SessionFault::Expired => {
            "This session token has expired. They last a minute: ask Clerk's getToken() for one before each request."
        }
        SessionFault::Early => {
            "This session token is from the future: its nbf or iat is more than 5 seconds ahead of the clock here."
        }
        SessionFault::Issuer => {
            "The iss of this session token isn't the deployment's CLERK_ISSUER."
        }
        SessionFault::Party => {
            "The azp of this session token isn't in CLERK_AUTHORIZED_PARTIES: it was made for a page of another origin."
        }
        SessionFault::NoParty => {
            "This session token has no azp, and CLERK_AUTHORIZED_PARTIES doesn't list native, which would admit it."
        }
        SessionFault::Audience => {
            "This JWT is for another audience: Clerk's session tokens have no aud. Send what Clerk's getToken() gives, without a template."
        }
        SessionFault::Pending => {
            "This session is still pending: the user has something left to do in Clerk, such as choosing an organisation."
        }
    };
    text.to_owned()
}
