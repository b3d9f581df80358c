"""The screens of the sign-in flow as HTML, by their ids.

The component makes a button of whatever has `data-type="button"`, and sends the value of whatever has a `name`. Plain
HTML is nearly enough for it, so that the UI library is not needed that real projects' screens are made of.
"""

from __future__ import annotations

from typing import Final

_STYLE: Final = """<style>
form, div, label, input, button, p { font: 1rem/1.5 system-ui, sans-serif; box-sizing: border-box; }
div { color: CanvasText; } label { display: block; margin: 0 0 .75rem; } p { margin: 0 0 .75rem; }
input { display: block; width: 100%; min-height: 2.75rem; margin-top: .375rem; padding: .5rem .75rem; color: inherit;
  background: transparent; border: 1px solid light-dark(#868a9e, #71778f); border-radius: .5rem; }
button { width: 100%; min-height: 2.75rem; margin: 0 0 .5rem; font-weight: 600; color: inherit; cursor: pointer;
  background: transparent; border: 1px solid light-dark(#868a9e, #71778f); border-radius: .5rem; }
descope-button { display: block; }
descope-button button { color: light-dark(#fff, #14162a); background: light-dark(#4338ca, #a5b0ff);
  border-color: transparent; }
.error { color: light-dark(#b42318, #ff9d94); }
:focus-visible { outline: .1875rem solid light-dark(#4338ca, #a5b0ff); outline-offset: .125rem; }
</style>"""
# The component presses the one `descope-button` of a screen when a person types Enter; this much of the UI library
# makes plain HTML do for the rest.
PLAIN_LIBRARY: Final = """globalThis.DescopeUI = {
  "descope-button": () => customElements.get("descope-button")
    || customElements.define("descope-button", class extends HTMLElement {}),
};
"""


def plain_screens(code: str) -> dict[str, str]:
    """Screens that need no library."""
    return {
        "welcome": f"""{_STYLE}<div>
<label>E-mail <input name="email" type="email" required autocomplete="username"></label>
<p class="error" role="alert" data-type="error-message"></p>
<descope-button id="continue" data-type="button"><button>Continue</button></descope-button>
<button id="link" data-type="button">Send me a link</button>
<button id="google" data-type="button" formnovalidate="true">Continue with Google</button></div>""",
        "sent": f"""{_STYLE}<div><p>A link is on its way. In this demo the mailbox is at Descope's own address,
/mailbox; open the link in this browser.</p></div>""",
        "code": f"""{_STYLE}<div><p>Type the code of your authenticator app. In this demo it is {code}.</p>
<label>Code <input name="code" inputmode="numeric" required autocomplete="one-time-code"></label>
<p class="error" role="alert" data-type="error-message"></p>
<descope-button id="verify" data-type="button"><button>Sign in</button></descope-button></div>""",
    }


def screens_of_library(code: str) -> dict[str, str]:
    """The same screens of the elements that Descope's editor makes them of."""
    error = '<descope-text class="error" data-type="error-message"></descope-text>'
    button = 'data-type="button" variant="contained" mode="primary" full-width="true"'
    field = 'required="true" full-width="true" bordered="true"'
    return {
        "welcome": f"""<descope-container direction="column" space-between="md">
<descope-email-field name="email" label="E-mail" {field}></descope-email-field>{error}
<descope-button id="continue" {button}>Continue</descope-button>
<descope-button id="link" {button}>Send me a link</descope-button>
<descope-button id="google" formnovalidate="true" {button}>Continue with Google</descope-button></descope-container>""",
        "sent": "<descope-text>A link is on its way. Open it in this browser.</descope-text>",
        "code": f"""<descope-container direction="column" space-between="md">
<descope-text>Type the code of your authenticator app. In this demo it is {code}.</descope-text>
<descope-text-field name="code" label="Code" {field}></descope-text-field>{error}
<descope-button id="verify" {button}>Sign in</descope-button></descope-container>""",
    }
