// The operations that stand in GraphiQL's tabs when it is opened for the first time.
'use strict';
window.tenureExamples = [
  {
    query: `# Your token says who you are: sign in, or put a token into the
# Headers pane below. Then press Ctrl-Enter.
#
# The other tabs are examples. Escape and then Tab leaves an editor.

query FirstLook {
  viewer {
    kind
    organization {
      name
    }
  }
  appSubscriptions(first: 5) {
    edges {
      node {
        id
        status
        app {
          name
        }
      }
    }
  }
}
`,
  },
  {
    query: `# What can be bought, and on which billing profile.

query WhatToBuy {
  apps(first: 20, filter: { availableInMyRegion: true }) {
    nodes {
      name
      summary
      publisher {
        name
      }
      plans {
        id
        name
        pricingModel
        price {
          amount
          currency
        }
      }
    }
  }
  viewer {
    organization {
      billingProfiles(first: 20) {
        nodes {
          id
          name
          currency
        }
      }
    }
  }
}
`,
  },
  {
    query: `# Buys something. Put the ids of a plan and a billing profile,
# which WhatToBuy shows, into the Variables pane.
# Sent again with the same key it buys nothing more.

mutation Purchase($input: PurchaseSubscriptionInput!) {
  purchaseSubscription(input: $input) {
    subscription {
      id
      status
      activateBy
    }
    userErrors {
      code
      message
      path
    }
  }
}
`,
    variables: {
      input: {
        planId: 'THE_ID_OF_A_PLAN',
        billingProfileId: 'THE_ID_OF_A_BILLING_PROFILE',
        licenseQuantity: 10,
        idempotencyKey: 'one-for-each-purchase',
      },
    },
  },
  {
    query: `# Everything about one subscription: the page of a product.
# Put its id, which FirstLook shows, into the Variables pane.

query ProductPage($id: ID!) {
  appSubscription(id: $id) {
    status
    disabledReason
    paymentStanding
    endsAt
    autoRenew
    allowedActions
    currentPeriod {
      start
      end
    }
    licenses {
      purchased
      assigned
      available
      scheduled
    }
    app {
      name
      publisher {
        name
        supportUrl
      }
    }
    plan {
      name
      price {
        amount
        currency
      }
    }
    licenseAssignments(first: 20) {
      nodes {
        user {
          name
          email
        }
      }
      totalCount
    }
    events(first: 20) {
      nodes {
        type
        occurredAt
        actor {
          kind
          name
        }
      }
    }
  }
}
`,
    variables: { id: 'THE_ID_OF_A_SUBSCRIPTION' },
  },
  {
    query: `# Stays open and shows what happens: change something in another tab.

subscription Watch {
  appSubscriptionEvents {
    id
    type
    occurredAt
    subscription {
      app {
        name
      }
      status
    }
  }
}
`,
  },
  {
    query: `# What a change of the number of licences would cost.

query WhatItCosts($id: ID!, $quantity: Int!) {
  previewLicenseChange(subscriptionId: $id, quantity: $quantity) {
    effectiveAt
    chargedNow {
      amount
      currency
    }
    nextRenewal {
      amount
      currency
    }
    userErrors {
      code
      message
    }
  }
}
`,
    variables: { id: 'THE_ID_OF_A_SUBSCRIPTION', quantity: 12 },
  },
  {
    query: `# The latest invoices, each with what it charges.

query Invoices {
  invoices(first: 10) {
    nodes {
      number
      status
      issuedAt
      total {
        amount
        currency
      }
      amountDue {
        amount
        currency
      }
      lines {
        kind
        description
        quantity
        amount {
          amount
        }
      }
      document {
        url
      }
    }
    totalCount
  }
}
`,
  },
];
