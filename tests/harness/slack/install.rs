//! What happens in a browser: somebody lets the app into a workspace, or does not.

use super::{CLIENT_ID, SlackStandIn};

impl SlackStandIn {
    /// Somebody of another workspace agrees to what the install page asks for; the address where the browser goes next.
    pub fn agrees(&self, page: &str) -> String {
        let (redirect, asked) = self.install_page(page);
        let code = {
            let mut state = self.lock();
            let code = state.id("code-");
            state.codes.insert(code.clone(), redirect.clone());
            code
        };
        let mut url = url::Url::parse(&redirect).expect("a redirect address");
        url.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &asked);
        url.into()
    }

    /// Somebody does not agree; the address where the browser goes next.
    pub fn declines(&self, page: &str) -> String {
        let (redirect, asked) = self.install_page(page);
        let mut url = url::Url::parse(&redirect).expect("a redirect address");
        url.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("state", &asked);
        url.into()
    }

    /// Where the page leads, and the state that it carries.
    fn install_page(&self, page: &str) -> (String, String) {
        let url = url::Url::parse(page).expect("an address");
        let mut state = self.lock();
        if !page.starts_with(&format!("{}/oauth/v2/authorize?", state.address)) {
            state.complain(format!("this is not where apps are installed: {page}"));
        }
        let (mut redirect, mut carried) = (String::new(), String::new());
        for (name, value) in url.query_pairs() {
            match &*name {
                "client_id" if value == CLIENT_ID => {}
                "scope" => {
                    let strange = value
                        .split(',')
                        .find(|scope| !state.scopes.contains(*scope))
                        .map(ToOwned::to_owned);
                    if let Some(scope) = strange {
                        state.complain(format!("the app is not known to need {scope}"));
                    }
                }
                "redirect_uri" => redirect = value.into_owned(),
                "state" => carried = value.into_owned(),
                "user_scope" if value.is_empty() => {}
                _ => state.complain(format!("the install page takes no {name}={value}")),
            }
        }
        if carried.is_empty() || redirect.is_empty() {
            state.complain(format!(
                "an install page without state or redirect_uri: {page}"
            ));
        }
        (redirect, carried)
    }
}
