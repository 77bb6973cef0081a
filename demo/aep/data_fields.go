package aep

// profileFields describes every path a profile may have: path, title, type,
// and the values of an enumeration. See schemaNode.add for paths.
const profileFields = `
person|Person|object
person.name|Full name|object
person.name.firstName|First name|string
person.name.lastName|Last name|string
person.name.fullName|Full name|string
person.birthDate|Birth date|date
person.birthYear|Birth year|int
person.gender|Gender|string|female=Female|male=Male|not_specified=Not specified
homeAddress|Home address|object
homeAddress.street1|Street|string
homeAddress.city|City|string
homeAddress.stateProvince|State or province|string
homeAddress.postalCode|Postal code|string
homeAddress.country|Country|string
homeAddress.countryCode|Country code|string
mobilePhone|Mobile phone|object
mobilePhone.number|Number|string
mobilePhone.primary|Primary|boolean
personalEmail|Personal e-mail|object
personalEmail.address|Address|string
consents|Consents and preferences|object
consents.collect|Data collection|object
consents.collect.val|Choice|string|y=Yes|n=No
consents.share|Data sharing|object
consents.share.val|Choice|string|y=Yes|n=No
consents.marketing|Marketing|object
consents.marketing.preferred|Preferred channel|string|email=E-mail|push=Push|sms=SMS
consents.marketing.email|E-mail|object
consents.marketing.email.val|Choice|string|y=Yes|n=No
consents.marketing.push|Push|object
consents.marketing.push.val|Choice|string|y=Yes|n=No
consents.marketing.sms|SMS|object
consents.marketing.sms.val|Choice|string|y=Yes|n=No
consents.metadata|Consent metadata|object
consents.metadata.time|Time of the choice|date-time
identityMap|Identity map|map
identityMap.*[]|Identities|object
identityMap.*[].id|Identifier|string
identityMap.*[].primary|Primary|boolean
segmentMembership|Audience membership|map
segmentMembership.*|Source|map
segmentMembership.*.*|Audience|object
segmentMembership.*.*.status|Status|string|realized=In the audience|exited=Left the audience
segmentMembership.*.*.lastQualificationTime|Last qualification|date-time
segmentMembership.*.*.version|Version|string
_northwind|Northwind|object
_northwind.taxId|Tax number (CPF)|string
_northwind.customer|Customer|object
_northwind.customer.number|Customer number|string
_northwind.customer.segment|Segment|string|A=Best|B=Good|C=New
_northwind.customer.since|Customer since|date
_northwind.customer.creditLimit|Credit limit|int
_northwind.orders|Orders|object
_northwind.orders.count|Number of orders|int
_northwind.orders.total|Total value|number
_northwind.orders.recent[]|Recent orders|object
_northwind.orders.recent[].number|Order number|string
_northwind.orders.recent[].placedOn|Placed on|date
_northwind.orders.recent[].total|Total|number
_northwind.orders.recent[].currency|Currency|string
_northwind.orders.recent[].store|Store|string
_northwind.orders.recent[].channel|Channel|string
_northwind.orders.recent[].note|Note of the store|string
_northwind.orders.recent[].articles[]|Articles|string
_northwind.loyalty|Loyalty|object
_northwind.loyalty.number|Card number|string
_northwind.loyalty.tier|Tier|string|bronze=Bronze|silver=Silver|gold=Gold|platinum=Platinum
_northwind.loyalty.points|Points|int
_northwind.loyalty.memberSince|Member since|date
_northwind.loyalty.favouriteStore|Favourite store|string
_northwind.preferences|Preferences|object
_northwind.preferences.language|Language|string
_northwind.preferences.channel|Channel|string
_northwind.preferences.newsletter|Newsletter|boolean
_northwind.lifestyle|Lifestyle|object
_northwind.lifestyle.interests[]|Interests|string
_northwind.lifestyle.sizes|Sizes|object
_northwind.lifestyle.sizes.shirt|Shirt|string
_northwind.lifestyle.sizes.shoe|Shoe|int
_northwind.lifestyle.sizes.trousers|Trousers|int
_northwind.lifestyle.household|Household|object
_northwind.lifestyle.household.adults|Adults|int
_northwind.lifestyle.household.children|Children|int
_northwind.lifestyle.household.pets|Pets|boolean
_northwind.lifestyle.wishes[]|Wishes|object
_northwind.lifestyle.wishes[].SKU|Article|string
_northwind.lifestyle.wishes[].name|Name|string
_northwind.lifestyle.wishes[].addedOn|Added on|date
_northwind.lifestyle.wishes[].price|Price|number
_northwind.lifestyle.surveyScore|Survey score|number
_northwind.support|Support|object
_northwind.support.openTickets|Open tickets|int
_northwind.support.lastContact|Last contact|date
_northwind.support.satisfaction|Satisfaction|int
_northwind.remarks|Remarks|map
_northwind.remarks.*|Remark|string
_northwind.traits|Traits|map
_northwind.traits.*|Trait|object
_northwind.traits.*.score|Score|int
_northwind.traits.*.source|Source|string
_northwind.traits.*.updatedOn|Updated on|date
_northwind.traits.*.note|Note|string`

// eventFields does the same for experience events.
const eventFields = `
_id|Identifier|string
eventType|Event type|string
timestamp|Time|date-time
producedBy|Produced by|string|self=Person|system=System
web|Web|object
web.webPageDetails|Page|object
web.webPageDetails.name|Page name|string
web.webPageDetails.URL|Page address|string
web.webPageDetails.isHomePage|Home page|boolean
web.webPageDetails.pageViews|Page views|object
web.webPageDetails.pageViews.value|Value|number
commerce|Commerce|object
commerce.productViews|Product views|object
commerce.productViews.value|Value|number
commerce.productListAdds|Added to cart|object
commerce.productListAdds.value|Value|number
commerce.checkouts|Checkouts|object
commerce.checkouts.value|Value|number
commerce.purchases|Purchases|object
commerce.purchases.value|Value|number
commerce.order|Order|object
commerce.order.purchaseID|Order number|string
commerce.order.currencyCode|Currency|string
commerce.order.priceTotal|Total|number
productListItems[]|Products|object
productListItems[].SKU|Article|string
productListItems[].name|Name|string
productListItems[].quantity|Quantity|int
productListItems[].priceTotal|Price|number
directMarketing|Direct marketing|object
directMarketing.mailingName|Mailing|string
directMarketing.opens|Opens|object
directMarketing.opens.value|Value|number
directMarketing.clicks|Clicks|object
directMarketing.clicks.value|Value|number
placeContext|Place|object
placeContext.geo|Position|object
placeContext.geo.countryCode|Country code|string
placeContext.geo.city|City|string
placeContext.geo.stateProvince|State|string
_northwind|Northwind|object
_northwind.channel|Channel|string`

const productFields = `
_northwind|Northwind|object
_northwind.article|Article|string
_northwind.price|Price|number`
